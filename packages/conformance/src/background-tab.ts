import { type Browser, type CDPSession, launch, type Page } from "puppeteer-core";
import { onTestFinished } from "vitest";
import { chromiumFlags, findChromium } from "../../../scripts/lib/chromium.mjs";

/**
 * A tab that can be put behind another one, with all that Chromium does to such a tab: its timers run once a second and
 * after two seconds (where people have five minutes) once a minute. Playwright keeps its pages in front, so this is Puppeteer.
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

  /** Another tab comes in front. */
  async hide(): Promise<void> {
    const other = await this.#browser.newPage();
    await other.bringToFront();
    await this.#until("hidden");
  }

  async show(): Promise<void> {
    await this.page.bringToFront();
    await this.#until("visible");
  }

  /** The browser stops the page, as it does with tabs that nobody looked at for long. */
  async freeze(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "frozen" });
  }

  async thaw(): Promise<void> {
    await this.#session.send("Page.setWebLifecycleState", { state: "active" });
  }

  /** Takes the network away from the page, or gives it back, and tells it so. */
  async setOnline(online: boolean): Promise<void> {
    await this.page.setOfflineMode(!online);
  }

  get #browser(): Browser {
    return this.page.browser();
  }

  async #until(state: "hidden" | "visible"): Promise<void> {
    // Not with requestAnimationFrame, which hidden pages have none of.
    await this.page.waitForFunction(`document.visibilityState === "${state}"`, { polling: 50 });
  }
}
