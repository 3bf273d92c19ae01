// The console, used like a person uses it.
import { startEmulator } from "@isohub/emulator";
import type { Page } from "playwright";
import { describe, expect, it, onTestFinished } from "vitest";
import { Chromium } from "./chromium.ts";
import { testHub } from "./test-hub.ts";

const chromium = new Chromium();

async function openConsole() {
  const emulator = await startEmulator({ provisioningRetryAfterSeconds: 1 });
  onTestFinished(() => emulator.close());
  const { controlUrl } = emulator.endpoints;
  const address = new URL("/", controlUrl).href;
  const context = await chromium.context();
  const { page, printed } = await chromium.open(address, context);
  page.setDefaultTimeout(90_000);
  return { emulator, hub: testHub(controlUrl), address, context, page, printed };
}

const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

describe("the console", () => {
  it("has a strict policy, and prints nothing", async () => {
    const { page, address, printed } = await openConsole();
    await button(page, "Start a thermostat").waitFor();
    const { headers } = await fetch(address);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(printed).toEqual([]);
  });

  it("starts a device with one click, and calls its method", async () => {
    const { page, hub, printed } = await openConsole();
    await button(page, "Start a thermostat").click();
    await page.getByRole("row", { name: /thermostat-1 .*temperature/ }).waitFor();
    await hub.waitForTelemetry({ deviceId: "thermostat-1", count: 2 }, { timeoutMs: 60_000 });
    await page.getByRole("tab", { name: "Cloud" }).click();
    await button(page, "Call method").click();
    await page.getByText("Answered with 200").waitFor();
    expect(printed).toEqual([]);
  });
});
