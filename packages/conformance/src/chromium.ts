import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { chromiumFlags, findChromium } from "../../../scripts/lib/chromium.mjs";

/** A Chromium for the tests of a file. Its pages are closed at the end of their test. */
export class Chromium {
  readonly #flags: readonly string[];
  #browser: Browser | undefined;

  constructor(flags: readonly string[] = []) {
    this.#flags = flags;
    beforeAll(async () => {
      this.#browser = await chromium.launch({
        executablePath: findChromium() ?? "chromium",
        args: [...chromiumFlags, ...this.#flags],
      });
    });
    afterAll(() => this.#browser?.close());
  }

  /** Creates a separate profile. */
  async context(options: { ignoreHTTPSErrors?: boolean } = {}): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error("Chromium must be started by beforeAll");
    const context = await this.#browser.newContext(options);
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
}
