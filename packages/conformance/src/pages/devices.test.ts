// The pages of examples/browser, used like a person uses them.
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { eventually } from "../eventually.ts";
import { root } from "../files.ts";
import { Program } from "../program.ts";
import { type TestHub, testHub } from "../test-hub.ts";
import { Chromium } from "./chromium.ts";

const chromium = new Chromium();
let server: Program;
let origin = "";
let hub: TestHub;

beforeAll(async () => {
  server = new Program(process.execPath, ["examples/browser/serve.mjs"], { cwd: root });
  [origin] = await server.printed(/http:\/\/localhost:\d+/);
  const [controlUrl] = await server.printed(/http:\S+\/control/);
  hub = testHub(controlUrl);
});
afterAll(async () => {
  server.interrupt();
  await server.exit;
});

async function open(
  path: string,
): Promise<{ page: Page; printed: string[]; shows(text: string): Promise<void> }> {
  const { page, printed } = await chromium.open(`${origin}/${path}`);
  page.setDefaultTimeout(90_000);
  return { page, printed, shows: (text) => page.getByText(text).first().waitFor() };
}

it("the server of the pages answers a path that isn't valid with 400, and keeps running", async () => {
  const { hostname, port } = new URL(origin);
  // `fetch` would correct some of these paths.
  for (const path of ["/%", "/%ff", "//", "/%00"]) {
    const [answer] = await once(request({ hostname, port, path }).end(), "response");
    expect([400, 404], path).toContain(answer.resume().statusCode);
  }
  expect((await fetch(`${origin}/`)).status).toBe(200);
});

describe("the page with many devices", () => {
  const start = async (count: number) => {
    const opened = await open("devices/");
    await opened.page.getByLabel("Devices").fill(String(count));
    await opened.page.getByRole("button", { name: "Start" }).click();
    await opened.shows(`${count} of ${count} connected`);
    return opened;
  };
  const row = (page: Page, device: string, text: string) =>
    page.getByRole("row", { name: new RegExp(`${device} .*${text}`) }).waitFor();

  it("follows the twin, responds to a method, receives a message and reconnects", async () => {
    const { page, printed } = await start(8);
    await page.getByLabel("Desired temperature").fill("26");
    await row(page, "thermostat-1", "26 °C .*reported 26 °C");
    await expect
      .poll(async () => (await hub.getTwin("thermostat-1")).properties.reported)
      .toMatchObject({ targetTemperature: 26 });

    await page.getByLabel("Device", { exact: true }).selectOption("thermostat-3");
    await page.getByRole("button", { name: "Send message" }).click();
    await row(page, "thermostat-3", "“open the window”");

    await page.getByLabel("Device", { exact: true }).selectOption("thermostat-5");
    await page.getByRole("button", { name: "Call method" }).click();
    await row(page, "thermostat-5", "boosted to");

    await page.getByLabel("Device", { exact: true }).selectOption("thermostat-4");
    await page.getByRole("button", { name: "Cut connection" }).click();
    await row(page, "thermostat-4", "connected .*closed by the hub");
    await page.getByText("8 of 8 connected").waitFor();

    await eventually(async () => expect((await hub.telemetry("thermostat-8")).length).toBeGreaterThan(8));
    await mkdir(join(root, "test-results"), { recursive: true });
    await page.setViewportSize({ width: 1150, height: 850 });
    await page.screenshot({ path: join(root, "test-results/devices.png") });

    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("0 of 8 connected").waitFor();
    expect(printed).toEqual([]);
  });

  it("runs fifty devices, whose messages are all acknowledged", async () => {
    const { page, printed } = await start(50);
    const acknowledged = async (): Promise<number[]> =>
      (await page.locator("tbody td:nth-child(5)").allTextContents()).map(Number);
    await eventually(async () => expect(Math.min(...(await acknowledged()))).toBeGreaterThan(2));
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("0 of 50 connected").waitFor();
    expect(printed).toEqual([]);
  });
});

describe("a short page", () => {
  it("sends telemetry, by itself and by its controls", async () => {
    const { page, shows, printed } = await open("telemetry.html");
    await shows("sent five readings");
    await page.getByLabel("Temperature").fill("30");
    await page.getByRole("button", { name: "Send reading" }).click();
    await shows("sent reading 6: 30.0 °C");
    await page.getByRole("button", { name: "Stop" }).click();
    await shows("stopped");
    const messages = await hub.telemetry("page-telemetry");
    expect(messages.map(({ properties }) => properties["alert"])).toHaveLength(6);
    expect(messages.at(-1)?.properties["alert"]).toBe("true");
    await page.getByRole("link", { name: "All examples" }).click();
    await shows("Web pages as devices");
    expect(printed).toEqual([]);
  });

  it("follows its twin", async () => {
    const { page, shows } = await open("twin.html");
    await shows("reported");
    await page.getByLabel("Desired color").fill("red");
    await page.getByRole("button", { name: "Change the desired properties" }).click();
    await expect
      .poll(async () => (await hub.getTwin("page-twin")).properties.reported)
      .toMatchObject({ color: "red" });
  });

  it("responds to methods, and shows a command that calls one", async () => {
    const { page, shows } = await open("methods.html");
    await shows("waiting for method calls");
    await page.getByRole("button", { name: "Call add" }).click();
    await shows('"sum":5');
    await shows(`curl -X POST ${hub.url}/devices/page-methods/methods`);
    expect(await hub.invokeMethod("page-methods", "add", { a: 2, b: 3 })).toEqual({
      status: 200,
      payload: { sum: 5 },
    });
    expect(await hub.invokeMethod("page-methods", "add", { a: 2 })).toMatchObject({ status: 400 });
  });

  it("receives messages", async () => {
    const { page, shows } = await open("c2d.html");
    await shows("waiting for messages");
    for (const text of ["hello", "stop"]) {
      await page.getByLabel("Message").fill(text);
      await page.getByRole("button", { name: "Send to the device" }).click();
    }
    await shows("done");
    await shows("“hello”");
    await expect.poll(() => hub.c2dQueue("page-c2d")).toEqual([]);
  });

  it("in a second tab shows that its device is in use", async () => {
    const { page, shows } = await open("methods.html");
    await shows("waiting for method calls");
    const second = await page.context().newPage();
    await second.goto(page.url());
    await second.getByText("Error:").waitFor();
  });
});
