import { type Browser, type CDPSession, launch, type Page } from "puppeteer-core";
import { onTestFinished } from "vitest";
import { chromiumFlags, findChromium } from "../../../scripts/lib/chromium.mjs";

/**
 * A tab that can be hidden, with everything that Chromium does to a hidden tab: its timers run once a second, and after two
 * seconds (by default after five minutes) once a minute. Playwright keeps its pages visible, so this uses Puppeteer.
 */
export class BackgroundTab {
  readonly page: Page;
  readonly #session: CDPSession;

  private constructor(page: Page, session: CDPSession) {
    this.page = page;
    this.#session = session;
  }

  static async open(url: string): Promise<BackgroundTab> {
    const browser = await launch({
      executablePath: findChromium() ?? "chromium",
      ignoreDefaultArgs: [
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
      ],
      args: [...chromiumFlags, "--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/2"],
    });
    onTestFinished(() => browser.close());
    const page = await browser.newPage();
    await page.goto(url);
    return new BackgroundTab(page, await page.createCDPSession());
  }

  /** Shows another tab. */
  async hide(): Promise<void> {
    const other = await this.#browser.newPage();
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

  get #browser(): Browser {
    return this.page.browser();
  }

  async #until(state: "hidden" | "visible"): Promise<void> {
    // Not requestAnimationFrame, which hidden pages don't have.
    await this.page.waitForFunction(`document.visibilityState === "${state}"`, { polling: 50 });
  }
}
