import { type Browser, type BrowserContext, chromium, type Page } from "playwright";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { chromiumFlags, findChromium } from "../../../scripts/lib/chromium.mjs";

/** A Chromium for the tests of a file, with further flags. Pages are closed with their test. */
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

  /** A profile of its own. */
  async context(options: { ignoreHTTPSErrors?: boolean } = {}): Promise<BrowserContext> {
    if (this.#browser === undefined) throw new Error("Chromium is started before the tests, not here");
    const context = await this.#browser.newContext(options);
    onTestFinished(() => context.close());
    return context;
  }

  /** A page that has loaded, with whatever it says on its console. */
  async open(url: string, context?: BrowserContext): Promise<{ page: Page; said: string[] }> {
    const page = await (context ?? (await this.context())).newPage();
    const said: string[] = [];
    page.on("console", (message) => said.push(message.text()));
    page.on("pageerror", (error) => said.push(String(error)));
    await page.goto(url);
    return { page, said };
  }
}
