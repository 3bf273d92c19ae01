import { defineBrowserProvider } from "@vitest/browser";
import type { Browser, Page } from "puppeteer-core";
import type { BrowserProvider, BrowserProviderOption } from "vitest/node";
import { findFirefox } from "../../../../scripts/lib/firefox.mjs";

/** Runs Vitest's pages in Firefox, over WebDriver BiDi. Vitest itself supports only Playwright's own build of Firefox. */
export const firefox: BrowserProviderOption = defineBrowserProvider({
  name: "firefox",
  supportedBrowser: ["firefox"],
  options: {},
  providerFactory: () => new FirefoxProvider(),
});

class FirefoxProvider implements BrowserProvider {
  readonly name = "firefox";
  readonly supportsParallelism = true;
  readonly #pages = new Map<string, Page>();
  #browser: Promise<Browser> | undefined;

  async openPage(sessionId: string, url: string): Promise<void> {
    this.#browser ??= launchFirefox();
    await this.#pages.get(sessionId)?.close();
    const context = await (await this.#browser).createBrowserContext();
    // Not in a tab, which may be hidden by another one: its timers would run once a second.
    const page = await context.newPage({ type: "window" });
    this.#pages.set(sessionId, page);
    await page.goto(url);
  }

  getCommandsContext(sessionId: string): Record<string, unknown> {
    return { page: this.#pages.get(sessionId) };
  }

  async close(): Promise<void> {
    await (await this.#browser)?.close();
  }
}

/** Starts Firefox. It must not use the network for its own purposes. */
export async function launchFirefox(): Promise<Browser> {
  const { launch } = await import("puppeteer-core");
  return launch({
    browser: "firefox",
    executablePath: findFirefox() ?? "firefox",
    // As in Chromium: the local hub stores files behind a certificate that no browser trusts.
    acceptInsecureCerts: true,
    extraPrefsFirefox: { "network.proxy.type": 0 },
  });
}
