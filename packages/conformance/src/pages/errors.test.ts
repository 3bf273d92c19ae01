import { describe, expect, it } from "vitest";
import { Chromium } from "./chromium.ts";
import { globalPage, servePage } from "./page-server.ts";

const chromium = new Chromium();

describe("the console of a page", () => {
  it.each([
    "setTimeout(() => { throw error; })",
    "Promise.reject(error)",
    "reportError(error)",
    "console.error(error)",
  ])("prints the code and the remediation of an error: %s", async (body) => {
    const { page } = await chromium.open(await servePage(globalPage));
    const session = await page.context().newCDPSession(page);
    await session.send("Runtime.enable");
    const printed = new Promise<string | undefined>((resolve) => {
      session.on("Runtime.exceptionThrown", ({ exceptionDetails }) =>
        resolve(exceptionDetails.exception?.description),
      );
      session.on("Runtime.consoleAPICalled", ({ args }) => resolve(args[0]?.description));
    });
    await page.evaluate(`{
        const error = new isohub.ConnectionFailedError("tls_failed", "Refused", { remediation: "Set the trust" });
        void ${body};
      }`);
    expect(await printed).toMatch(/Refused\n +at .*code: tls_failed\n +remediation: Set the trust/s);
  });
});
