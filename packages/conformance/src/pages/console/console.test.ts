// The console, used like a person uses it.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Page } from "playwright";
import { describe, expect, it } from "vitest";
import { root } from "../../files.ts";
import { serve } from "../page-server.ts";
import { button, fits, freshContext, openConsole, sizes, startDevices, tab } from "./console-page.ts";

const require = createRequire(import.meta.url);

describe("the console", () => {
  it.each(sizes)(
    "leads from the first page to a sending device, an answered method and a survived fault in twelve clicks, $width pixels wide",
    async (size) => {
      const { page, hub, printed } = await openConsole(size);
      let clicks = 0;
      const click = async (locator: ReturnType<Page["locator"]>): Promise<void> => {
        clicks += 1;
        await locator.click();
      };
      await click(button(page, "Start a thermostat"));
      await page.getByRole("row", { name: /thermostat-1 .*temperature/ }).waitFor();
      await hub.waitForTelemetry({ deviceId: "thermostat-1", count: 2 }, { timeoutMs: 90_000 });
      await click(tab(page, "Cloud"));
      await click(button(page, "Call method"));
      await page.getByText("Answered with 200").waitFor();
      await click(tab(page, "Faults"));
      await click(button(page, "Cut the connection").last());
      await page.getByText(/Back after [\d.]+ s/).waitFor();
      await page.getByRole("row", { name: /thermostat-1 connected/ }).waitFor();
      expect(clicks).toBeLessThanOrEqual(12);
      await expect.poll(() => page.locator("dd").last().textContent()).toBe("0");
      expect(printed).toEqual([]);
    },
  );

  it("can be used without a mouse", async () => {
    const { page } = await openConsole();
    await expect.poll(() => button(page, "Start a thermostat").isEnabled()).toBe(true);
    const press = async (key: string, until: () => Promise<boolean>): Promise<void> => {
      for (let count = 0; count < 30 && !(await until()); count++) await page.keyboard.press(key);
    };
    const focused = (text: string) => (): Promise<boolean> =>
      page.evaluate(
        `document.activeElement.matches("button") && document.activeElement.textContent === ${JSON.stringify(text)}`,
      );
    await press("Tab", focused("Start a thermostat"));
    await page.keyboard.press("Enter");
    await page.getByText("1 of 1").waitFor();
    await page.getByRole("tab", { name: "Devices", exact: true }).focus();
    await page.keyboard.press("ArrowRight");
    await page.getByRole("tab", { name: "Hub", exact: true, selected: true }).waitFor();
    await expect.poll(() => page.evaluate("document.activeElement.textContent")).toBe("Hub");
  });

  it("has nothing serious for axe, and no sideways scrolling, on every page in both themes", async () => {
    const { page, context } = await openConsole({ width: 400, height: 800 });
    await startDevices(page, 3);
    const source = await readFile(require.resolve("axe-core/axe.min.js"), "utf8");
    await page.evaluate(source);
    const check = async (view: string): Promise<void> => {
      const serious = await page.evaluate(async () => {
        type Axe = {
          run(): Promise<{ violations: { id: string; impact: string; nodes: { html: string }[] }[] }>;
        };
        const { violations } = await (globalThis as unknown as { axe: Axe }).axe.run();
        return violations
          .filter(({ impact }) => impact === "serious" || impact === "critical")
          .map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      });
      expect(serious, view).toEqual([]);
      // No control looks as the browser would draw it.
      const raw = await page.evaluate(
        `[...document.querySelectorAll("select, input, meter")].filter((each) => getComputedStyle(each).appearance !== "none").map((each) => each.outerHTML)`,
      );
      expect(raw, view).toEqual([]);
    };
    for (const scheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: scheme });
      for (const name of ["Devices", "Hub", "Faults", "Wire", "Scenarios"]) {
        await tab(page, name).click();
        await check(`${name} ${scheme}`);
        for (const width of [400, 800, 1000, 1280, 1600]) {
          await page.setViewportSize({ width, height: 800 });
          await fits(page, `${name} ${width}`);
        }
        await page.setViewportSize({ width: 400, height: 800 });
      }
      await tab(page, "Hub").click();
      for (const name of ["Telemetry", "Query", "Provisioning", "Uploads", "Activity and quota"]) {
        await tab(page, name).click();
        await check(`${name} ${scheme}`);
        await fits(page, name);
      }
      await tab(page, "Devices").click();
      await button(page, "Add devices…").click();
      await page.getByLabel("Connect to").selectOption("tokenBroker");
      await check(`Add devices ${scheme}`);
      await page.keyboard.press("Escape");
    }
    await context.close();
  });

  it("distinguishes lines by dashes, and selections also with a person's own colors", async () => {
    const { page, context } = await openConsole();
    await startDevices(page, 3);
    const dashes = `[...document.querySelectorAll(".card .legend path")].slice(0, 3).map((each) => each.getAttribute("stroke-dasharray"))`;
    await expect.poll(async () => new Set(await page.evaluate<string[]>(dashes)).size).toBe(3);
    await page.emulateMedia({ forcedColors: "active" });
    const backgrounds = `["true", "false"].map((selected) => getComputedStyle(document.querySelector("[role=tab][aria-selected=" + selected + "]")).backgroundColor)`;
    await expect.poll(async () => new Set(await page.evaluate<string[]>(backgrounds)).size).toBe(2);
    await context.close();
  });

  it("warns in a second tab, and follows the hub there", async () => {
    const { page, context, address } = await openConsole();
    await button(page, "Start a thermostat").waitFor();
    const second = await context.newPage();
    await second.goto(address);
    await second.getByText("The console is open in another tab").waitFor();
    await startDevices(page, 1);
    await second.getByText("1 connected").waitFor();
    await page.close();
    await second.getByText("The console is open in another tab").waitFor({ state: "detached" });
  });
});

it("the console is one file with a hub in it, which needs no server", async () => {
  const page = await (await freshContext()).newPage();
  const printed: string[] = [];
  page.on("console", (message) => printed.push(message.text()));
  page.on("pageerror", (error) => printed.push(String(error)));
  await page.goto(pathToFileURL(join(root, "packages/emulator/dist/console/standalone.html")).href);
  await startDevices(page, 20);
  await tab(page, "Faults").click();
  await button(page, "Cut the connection").last().click();
  // "20 connected" stays there until the first cut is drawn.
  await expect.poll(() => page.getByText(/Back after [\d.]+ s/).count()).toBe(20);
  await page.getByText("20 connected").waitFor();
  await tab(page, "Hub").click();
  await button(page, "thermostat-3").click();
  await button(page, "Call method").click();
  await page.getByText("Answered with 200").waitFor();
  await tab(page, "Telemetry").click();
  await page
    .getByRole("cell", { name: /temperature/ })
    .first()
    .waitFor();
  expect(printed).toEqual([]);
});

it("a page of another origin gets nothing from the hub", async () => {
  const { address, context } = await openConsole();
  const origin = (await serve(async () => "<!doctype html><title>another</title>")).replace(
    "localhost",
    "page.example",
  );
  const page = await context.newPage();
  await page.goto(origin);
  const answers = await page.evaluate(async (hub) => {
    const outcome = (path: string, init?: RequestInit): Promise<string> =>
      fetch(hub + path, init).then(
        (response) => `status ${response.status}`,
        () => "nothing",
      );
    return [
      await outcome("control"),
      await outcome("control/devices"),
      await outcome("control/devices", { method: "POST", body: "{}" }),
      await outcome(""),
    ];
  }, address);
  expect(answers).toEqual(["nothing", "nothing", "nothing", "nothing"]);
  const framed = await page.evaluate(`new Promise((resolve) => {
    const frame = document.createElement("iframe");
    frame.onload = () => resolve(frame.contentDocument === null ? "foreign or blocked" : "same origin");
    frame.src = ${JSON.stringify(address)};
    document.body.append(frame);
  })`);
  expect(framed).toBe("foreign or blocked");
});
