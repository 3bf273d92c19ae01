// examples/browser: the pages that a newcomer opens, driven as a person would.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Chromium } from "./chromium.ts";
import { HubControl } from "./hub-control.ts";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const chromium = new Chromium();
let origin = "";
let hub: HubControl;
let stop = (): void => {};

beforeAll(async () => {
  const child = spawn(process.execPath, ["examples/browser/serve.mjs"], {
    cwd: root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  stop = () => child.kill("SIGINT");
  const [said] = await once(child.stdout, "data");
  origin = /http:\/\/localhost:\d+/.exec(String(said))?.[0] ?? "";
  hub = new HubControl(/http:\S+\/control/.exec(String(said))?.[0] ?? "");
});
afterAll(() => stop());

async function open(
  path: string,
): Promise<{ page: Page; said: string[]; shows(text: string): Promise<void> }> {
  const { page, said } = await chromium.open(`${origin}/${path}`);
  return { page, said, shows: (text) => page.getByText(text).first().waitFor({ timeout: 20_000 }) };
}

describe("the page of many devices", () => {
  const start = async (count: number) => {
    const opened = await open("devices/");
    await opened.page.getByLabel("Devices").fill(String(count));
    await opened.page.getByRole("button", { name: "Start" }).click();
    await opened.shows(`${count} of ${count} connected`);
    return opened;
  };
  const row = (page: Page, device: string, text: string) =>
    page.getByRole("row", { name: new RegExp(`${device} .*${text}`) }).waitFor({ timeout: 20_000 });

  it("follows the twin, answers a method, gets a message and comes back after a cut", async () => {
    const { page, said } = await start(8);
    await page.getByLabel("Desired temperature").fill("26");
    await row(page, "thermostat-1", "26 °C .*reported 26 °C");
    expect((await hub.getTwin("thermostat-1")).properties.reported).toMatchObject({ targetTemperature: 26 });

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

    await expect
      .poll(async () => (await hub.telemetry("thermostat-8")).length, { timeout: 20_000 })
      .toBeGreaterThan(8);
    await mkdir(`${root}test-results`, { recursive: true });
    await page.setViewportSize({ width: 1150, height: 850 });
    await page.screenshot({ path: `${root}test-results/devices.png` });

    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("0 of 8 connected").waitFor();
    expect(said).toEqual([]);
  });

  it("runs fifty of them, whose messages are all acknowledged", async () => {
    const { page, said } = await start(50);
    const acknowledged = async (): Promise<number[]> =>
      (await page.locator("tbody td:nth-child(5)").allTextContents()).map(Number);
    await expect
      .poll(async () => Math.min(...(await acknowledged())), { timeout: 20_000 })
      .toBeGreaterThan(2);
    await page.getByRole("button", { name: "Stop" }).click();
    await page.getByText("0 of 50 connected").waitFor();
    expect(said).toEqual([]);
  });
});

describe("a short page", () => {
  it("sends telemetry", async () => {
    const { shows, said } = await open("telemetry.html");
    await shows("done");
    expect(await hub.telemetry("page-telemetry")).toHaveLength(5);
    expect(said).toEqual([]);
  });

  it("follows its twin", async () => {
    const { shows } = await open("twin.html");
    await shows("reported");
    await hub.patchDesired("page-twin", { color: "red" });
    await shows("reported version");
    expect((await hub.getTwin("page-twin")).properties.reported).toMatchObject({ color: "red" });
  });

  it("answers methods", async () => {
    const { shows } = await open("methods.html");
    await shows("waiting for method calls");
    expect(await hub.invokeMethod("page-methods", "add", { a: 2, b: 3 })).toEqual({
      status: 200,
      payload: { sum: 5 },
    });
    expect(await hub.invokeMethod("page-methods", "add", { a: 2 })).toMatchObject({ status: 400 });
  });

  it("reads messages", async () => {
    const { shows } = await open("c2d.html");
    await shows("waiting for messages");
    for (const text of ["hello", "stop"]) await hub.sendC2d("page-c2d", text);
    await shows("done");
    await shows("“hello”");
    expect(await hub.c2dQueue("page-c2d")).toEqual([]);
  });
});
