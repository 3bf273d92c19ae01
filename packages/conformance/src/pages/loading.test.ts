// Pages whose files can't be loaded for some time: offline, or while a new version is deployed.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import { launchFirefox } from "./firefox.ts";
import { browserDist, serve } from "./page-server.ts";

/** A page of any browser. */
interface AnyPage {
  evaluate(program: string): Promise<unknown>;
}

const chromium = new Chromium();
let firefox: Awaited<ReturnType<typeof launchFirefox>>;
beforeAll(async () => {
  firefox = await launchFirefox();
});
afterAll(() => firefox.close());

const browsers: [string, (url: string) => Promise<AnyPage>][] = [
  ["Chromium", async (url) => (await chromium.open(url)).page],
  [
    "Firefox",
    async (url) => {
      const page = await firefox.newPage();
      await page.goto(url);
      return page;
    },
  ],
];

/** The outcome of an operation of the page's client. */
const outcomeOf = (operation: string): string => `globalThis.client.${operation}.then(
  () => "done",
  ({ name, code, message, retryable, remediation }) => ({ name, code, message, retryable, remediation }),
)`;

const loadFailed = {
  name: "ConnectionFailedError",
  code: "load_failed",
  message: expect.stringMatching(/^Loading a file of the SDK failed: .*http/),
  retryable: true,
  remediation: expect.stringContaining("reload the page"),
};

describe.each(browsers)("a page in %s", (_browser, open) => {
  it.each(["index.js", "lite.js"])("loads a file of %s that wasn't there before", async (entry) => {
    const { hub } = providedPlainHub();
    let isBlocked = true;
    const origin = await serve(async (path) => {
      if (path === "/index.html") return "<!doctype html>";
      if (isBlocked && path.includes("/receivers-")) throw new Error("blocked");
      return readFile(join(browserDist, path));
    });
    const { connectionString } = await hub.createDevice(freshId());
    const page = await open(origin);
    await page.evaluate(`import("/${entry}").then(({ IoTHubDeviceClient }) => {
      globalThis.patches = [];
      globalThis.client = IoTHubDeviceClient.createFromConnectionString(${JSON.stringify(connectionString)});
      client.onTwinDesiredPropertiesPatchReceived = (patch) => patches.push(patch);
    })`);
    for (let attempt = 1; attempt <= 2; attempt++)
      expect(await page.evaluate(outcomeOf("connect()"))).toEqual(loadFailed);
    isBlocked = false;
    expect(await page.evaluate(outcomeOf("connect()"))).toBe("done");
    await eventually(async () => expect(await page.evaluate("patches.length")).toBe(1));
    expect(await page.evaluate(outcomeOf("getTwin()"))).toBe("done");
    expect(await page.evaluate("client.state.status")).toBe("connected");
    await page.evaluate("client.shutdown()");
  });

  it("uploads a file as soon as it has the code for it", async () => {
    const { hub } = providedPlainHub();
    let isBlocked = true;
    const origin = await serve(async (path) => {
      if (path === "/index.html") return "<!doctype html>";
      if (isBlocked && path.includes("/device-uploads-")) throw new Error("blocked");
      return readFile(join(browserDist, path));
    });
    const { connectionString } = await hub.createDevice(freshId());
    const page = await open(origin);
    await page.evaluate(`import("/index.js").then(({ IoTHubDeviceClient }) => {
      globalThis.client = IoTHubDeviceClient.createFromConnectionString(${JSON.stringify(connectionString)});
    })`);
    const upload = outcomeOf('getStorageInfoForBlob("a.txt")');
    expect(await page.evaluate(upload)).toEqual(loadFailed);
    isBlocked = false;
    expect(await page.evaluate(upload)).not.toEqual(loadFailed);
    await page.evaluate("client.shutdown()");
  });
});
