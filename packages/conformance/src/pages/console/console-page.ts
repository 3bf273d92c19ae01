import { text } from "node:stream/consumers";
import { type Emulator, type EmulatorOptions, startEmulator } from "@isohub/emulator";
import type { Scenario } from "@isohub/simulator";
import type { BrowserContext, Locator, Page } from "playwright";
import { expect, onTestFinished } from "vitest";
import { type TestHub, testHub } from "../../test-hub.ts";
import { Chromium } from "../chromium.ts";

const chromium = new Chromium();

/** Creates a separate profile. */
export const freshContext = (): Promise<BrowserContext> => chromium.context();

/** The console in a page, and the hub that serves it. */
export interface OpenConsole {
  readonly emulator: Emulator;
  readonly hub: TestHub;
  readonly address: string;
  readonly context: BrowserContext;
  readonly page: Page;
  /** The hosts that the page has sent requests to. */
  readonly contacted: ReadonlySet<string>;
  /** Everything that the page prints to its console. */
  readonly printed: string[];
  /** Starts another hub on the same port. */
  restart(): Promise<void>;
}

/** The size of a window of the browser. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size of a phone. */
export const narrow: Size = { width: 400, height: 800 };
/** The size of a window on a laptop. */
export const wide: Size = { width: 1280, height: 900 };
/** The sizes at which people use the console. */
export const sizes: readonly Size[] = [narrow, wide];

/** A scenario of a few seconds. */
export const quickScenario: Scenario = {
  name: "quick",
  groups: [{ type: "thermostat", count: 3, id: "quick-{n}" }],
  phases: [
    { phase: "ramp", over: "500ms" },
    { phase: "hold", for: "6s" },
    { phase: "drain", within: "30s" },
  ],
  thresholds: [{ metric: "lost", maximum: 0 }],
};

/** Starts a hub and opens its console, until the end of the test. */
export async function openConsole(
  viewport: Size = wide,
  options: EmulatorOptions = {},
): Promise<OpenConsole> {
  const emulator = await startEmulator({
    provisioningRetryAfterSeconds: 1,
    telemetryLimit: 20_000,
    ...options,
  });
  onTestFinished(() => emulator.close());
  const { controlUrl, plainPort } = emulator.endpoints;
  const address = new URL("/", controlUrl).href;
  const context = await chromium.context();
  const contacted = new Set<string>();
  context.on("request", (request) => contacted.add(new URL(request.url()).host));
  context.on("page", (opened) =>
    opened.on("websocket", (socket) => contacted.add(new URL(socket.url()).host)),
  );
  const { page, printed } = await chromium.open(address, context);
  await page.setViewportSize(viewport);
  page.setDefaultTimeout(60_000);
  const restart = async (): Promise<void> => {
    const next = await startEmulator({ plainPort });
    onTestFinished(() => next.close());
  };
  return { emulator, hub: testHub(controlUrl), address, context, page, contacted, printed, restart };
}

/** Waits until neither the page nor a table in it is wider than its place. */
export async function fits(page: Page, name: string): Promise<void> {
  const excess = `[document.documentElement, ...document.querySelectorAll(".table")]
    .map((each) => each.scrollWidth - each.clientWidth)`;
  // Charts follow the width a moment later.
  await expect
    .poll(async () => Math.max(...(await page.evaluate<number[]>(excess))), { message: name })
    .toBeLessThanOrEqual(0);
}

/** Finds a button by its name. */
export const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

/** Finds a tab by its name. */
export const tab = (page: Page, name: string): Locator =>
  page.getByRole("tab", { name, exact: true }).first();

/** Adds thermostats on the page Devices, and waits until they are connected. */
export async function startDevices(page: Page, count: number): Promise<void> {
  await button(page, "Add devices…").click();
  await page.getByLabel("Devices", { exact: true }).last().fill(String(count));
  await button(page, count === 1 ? "Add 1 device" : `Add ${count} devices`).click();
  await page.getByText(`${count} of ${count}`).waitFor();
}

/** Clicks a button that saves a file. @returns its content */
export async function downloaded(page: Page, name: string): Promise<string> {
  const download = page.waitForEvent("download");
  await button(page, name).click();
  return text(await (await download).createReadStream());
}
