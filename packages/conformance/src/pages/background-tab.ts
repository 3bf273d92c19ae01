import { type Browser, type CDPSession, launch, type Page } from "puppeteer-core";
import { afterAll, beforeAll, onTestFinished } from "vitest";
import { chromiumFlags, findChromium } from "../../../../scripts/lib/chromium.mjs";

/** A Chromium for the tests of a file that throttles hidden tabs as it does outside of tests. */
export class BackgroundChromium {
  #browser: Browser | undefined;

  constructor() {
    beforeAll(async () => {
      this.#browser = await launch({
        executablePath: findChromium() ?? "chromium",
        ignoreDefaultArgs: [
          "--disable-background-timer-throttling",
          "--disable-backgrounding-occluded-windows",
          "--disable-renderer-backgrounding",
        ],
        args: [...chromiumFlags, "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/2"],
      });
    });
    afterAll(() => this.#browser?.close());
  }

  /** Opens a tab in a separate profile. It closes at the end of the test. */
  async open(url: string): Promise<BackgroundTab> {
    if (this.#browser === undefined) throw new Error("Chromium must be started by beforeAll");
    const context = await this.#browser.createBrowserContext();
    onTestFinished(() => context.close());
    const page = await context.newPage();
    await page.goto(url);
    return new BackgroundTab(page, await page.createCDPSession());
  }
}

/**
 * A tab that can be hidden, with everything that Chromium does to a hidden tab: its timers run once a second, and after two
 * seconds (by default after five minutes) once a minute. Playwright keeps its pages visible, so this uses Puppeteer.
 */
export class BackgroundTab {
  readonly page: Page;
  readonly #session: CDPSession;

  constructor(page: Page, session: CDPSession) {
    this.page = page;
    this.#session = session;
  }

  /** Shows another tab. */
  async hide(): Promise<void> {
    const other = await this.page.browserContext().newPage();
    await other.bringToFront();
    await this.#until("hidden");
  }

  async show(): Promise<void> {
    await this.page.bringToFront();
    await this.#until("visible");
  }

  /** Freezes the page, as the browser does with tabs that have been hidden for long. */
  async freeze(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "frozen" });
  }

  async thaw(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "active" });
  }

  /** Disconnects the page from the network, or reconnects it. The page gets the event. */
  async setOnline(online: boolean): Promise<void> {
    await this.page.setOfflineMode(!online);
  }

  async #until(state: "hidden" | "visible"): Promise<void> {
    // Not requestAnimationFrame, which hidden pages don't have.
    await this.page.waitForFunction(`document.visibilityState === "${state}"`, { polling: 50 });
  }
}
