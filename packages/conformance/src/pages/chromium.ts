import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, inject, onTestFinished } from "vitest";
import { findChromium } from "../../../../scripts/lib/chromium.mjs";
import { testFlags } from "./start-chromium.ts";

/** The connection of this worker to the Chromium that the project has started. */
let connected: Promise<Browser> | undefined;

/** A Chromium for the tests of a file: the project's, if it has started one. Pages close at the end of their test. */
export class Chromium {
  #launched: Browser | undefined;

  constructor() {
    if (inject("chromium") !== undefined) return;
    beforeAll(async () => {
      this.#launched = await chromium.launch({
        executablePath: findChromium() ?? "chromium",
        args: [...testFlags],
      });
    });
    afterAll(() => this.#launched?.close());
  }

  /** Creates a separate profile. */
  async context(options: { ignoreHTTPSErrors?: boolean } = {}): Promise<BrowserContext> {
    const browser = this.#launched ?? (await this.#connect());
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    return context;
  }

  /** Loads a page. @returns also what it prints to its console */
  async open(url: string, context?: BrowserContext): Promise<{ page: Page; printed: string[] }> {
    const page = await (context ?? (await this.context())).newPage();
    const printed: string[] = [];
    page.on("console", (message) => printed.push(message.text()));
    page.on("pageerror", (error) => printed.push(String(error)));
    await page.goto(url);
    return { page, printed };
  }

  #connect(): Promise<Browser> {
    const endpoint = inject("chromium");
    if (endpoint === undefined) throw new Error("Chromium must be started by beforeAll");
    connected ??= chromium.connect(endpoint);
    return connected;
  }
}
