import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ClientOptions } from "@isohub/browser";
import type { BrowserContext, Frame, Page } from "playwright";
import { describe, expect, it } from "vitest";
import { freshId, hostOf } from "../device.ts";
import { signDeviceToken } from "../device-token.ts";
import { eventually } from "../eventually.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";
import type {} from "./page-globals.ts";
import { browserDist, globalPage, serve, servePage } from "./page-server.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();

/** Connects a device with a client that stays in the page. @returns `connected`, or the error */
function connect(
  page: Pick<Page, "evaluate">,
  connectionString: string,
  options: ClientOptions = {},
): Promise<unknown> {
  return page.evaluate(
    async ({ text, given }) => {
      const client = isohub.IoTHubDeviceClient.createFromConnectionString(text, given);
      globalThis.pageTest = { client, background: [] };
      return client.connect().then(
        () => client.state.status,
        ({ name, code, message, remediation }) => ({ name, code, message, remediation }),
      );
    },
    { text: connectionString, given: options },
  );
}

const inUse = {
  name: "ConnectionFailedError",
  code: "identity_in_use",
  message: expect.stringContaining("Another client in this page or another tab is "),
  remediation: expect.stringMatching(/./),
};

/** Connects a device in the first tab of a browser. */
async function firstTab(): Promise<{
  context: BrowserContext;
  first: Page;
  deviceId: string;
  connectionString: string;
  open: () => Promise<Page>;
  connections: () => Promise<number>;
}> {
  const origin = await servePage(globalPage);
  const context = await chromium.context();
  const open = async (): Promise<Page> => (await chromium.open(origin, context)).page;
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const connections = await hub.countEvents("deviceConnected", deviceId);
  const first = await open();
  expect(await connect(first, connectionString)).toBe("connected");
  return { context, first, deviceId, connectionString, open, connections };
}

describe("a second tab with the same device", () => {
  it("is rejected, and doesn't affect the first one", async () => {
    const { first, deviceId, connectionString, open, connections } = await firstTab();
    const before = await hub.sessionsOf(deviceId);
    const second = await open();
    expect(await connect(second, connectionString)).toMatchObject(inUse);
    expect(
      await second.evaluate(() => {
        const { status, reason } = pageTest.client.state;
        return { status, code: reason?.code };
      }),
    ).toEqual({ status: "disconnected", code: "identity_in_use" });
    expect(await hub.sessionsOf(deviceId)).toEqual(before);
    expect(await connections()).toBe(1);
    await first.evaluate(() => pageTest.client.sendMessage("still here"));
    // Another device can connect.
    const other = await hub.createDevice(freshId());
    expect(await connect(second, other.connectionString)).toBe("connected");
  });

  it.each<[string, (tab: Page, context: BrowserContext) => Promise<unknown>]>([
    ["is closed", (tab) => tab.close()],
    ["navigates to another page", (tab) => tab.goto("about:blank")],
    ["disconnects", (tab) => tab.evaluate(() => pageTest.client.disconnect())],
    [
      "crashes",
      async (tab, context) => {
        const session = await context.newCDPSession(tab);
        const crashed = new Promise((resolve) => tab.once("crash", resolve));
        session.send("Page.crash").catch(() => {});
        await crashed;
      },
    ],
  ])("connects after the first one %s", async (_title, end) => {
    const { context, first, connectionString, open } = await firstTab();
    const second = await open();
    expect(await connect(second, connectionString)).toMatchObject(inUse);
    await end(first, context);
    expect(await second.evaluate(() => pageTest.client.connect())).toBeUndefined();
  });

  it("isn't the first one after a reload, which reconnects immediately", async () => {
    const { first, connectionString, open, connections } = await firstTab();
    for (let times = 0; times < 3; times++) {
      await first.reload();
      expect(await connect(first, connectionString)).toBe("connected");
    }
    expect(await connections()).toBe(4);
    expect(await connect(await open(), connectionString)).toMatchObject(inUse);
  });
});

describe("a second tab with whenInUse: 'wait'", () => {
  const wait = { whenInUse: "wait" } as const;
  const stateOf = (tab: Page): Promise<unknown> =>
    tab.evaluate(() => {
      const { status, reason } = pageTest.client.state;
      return { status, code: reason?.code };
    });
  const waiting = { status: "connecting", code: "identity_in_use" };

  it.each<[string, (tab: Page) => Promise<unknown>]>([
    ["is closed", (tab) => tab.close()],
    ["shuts down", (tab) => tab.evaluate(() => pageTest.client.shutdown())],
  ])("takes over when the first one %s", async (_title, end) => {
    const { first, connectionString, open, connections } = await firstTab();
    const second = await open();
    const connecting = connect(second, connectionString, wait);
    await eventually(async () => expect(await stateOf(second)).toEqual(waiting));
    await first.evaluate(() => pageTest.client.sendMessage("still here"));
    expect(await connections()).toBe(1);
    await end(first);
    expect(await connecting).toBe("connected");
    expect(await stateOf(second)).toEqual({ status: "connected", code: undefined });
    expect(await connections()).toBe(2);
  });

  it("leaves the queue when it shuts down, and the next tab takes over", async () => {
    const { first, connectionString, open } = await firstTab();
    const [second, third] = [await open(), await open()];
    const leaving = connect(second, connectionString, wait);
    await eventually(async () => expect(await stateOf(second)).toEqual(waiting));
    const connecting = connect(third, connectionString, wait);
    await eventually(async () => expect(await stateOf(third)).toEqual(waiting));
    await second.evaluate(() => pageTest.client.shutdown());
    expect(await leaving).toMatchObject({ code: "operation_cancelled" });
    await first.close();
    expect(await connecting).toBe("connected");
  });
});

describe("a second client in a page", () => {
  it("is rejected with the same device", async () => {
    const { first, connectionString, deviceId, connections } = await firstTab();
    expect(await connect(first, connectionString)).toMatchObject(inUse);
    expect(await hub.sessionsOf(deviceId)).toHaveLength(1);
    expect(await connections()).toBe(1);
  });

  it("connects while the first one is shutting down", async () => {
    const { first, connectionString } = await firstTab();
    await first.evaluate(() => void pageTest.client.shutdown());
    expect(await connect(first, connectionString)).toBe("connected");
  });
});

describe("without Web Locks", () => {
  it("a device in a sandboxed frame connects, and a second client in the frame is rejected", async () => {
    const frame = '<!doctype html><iframe sandbox="allow-scripts" src="index.html"></iframe>';
    const at = await serve(async (path) =>
      path === "/frame.html"
        ? frame
        : path === "/index.html"
          ? globalPage
          : readFile(join(browserDist, path)),
    );
    const { page } = await chromium.open(`${at}/frame.html`);
    const inner = page.frames()[1] as Frame;
    const { connectionString } = await hub.createDevice(freshId());
    const refusal = await inner.evaluate(() => navigator.locks.request("x", () => "granted").catch(String));
    expect(refusal).toContain("SecurityError");
    expect(await connect(inner, connectionString)).toBe("connected");
    expect(await connect(inner, connectionString)).toMatchObject(inUse);
  });

  it("two tabs evict each other a few times, then report taken_over and pause; two clients in a page do not", async () => {
    // An insecure origin has no Web Locks.
    const origin = (await servePage(globalPage)).replace("localhost", "page.example");
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const sastoken = await signDeviceToken(connectionString, "localhost");
    const connections = await hub.countEvents("deviceConnected", deviceId);
    const context = await chromium.context();
    const start = async (page: Page): Promise<unknown> =>
      page.evaluate(
        async ({ token, gatewayHostname }) => {
          if (navigator.locks !== undefined) return "the page has Web Locks";
          const client = isohub.IoTHubDeviceClient.createFromSastoken(token, { gatewayHostname });
          const background: string[] = [];
          client.onBackgroundException = (error) => background.push(error.code);
          globalThis.pageTest = { client, background };
          return client.connect().catch((error: { code: string }) => error.code);
        },
        { token: sastoken, gatewayHostname: hostOf(connectionString) },
      );
    const first = (await chromium.open(origin, context)).page;
    const second = (await chromium.open(origin, context)).page;
    expect(await start(first)).toBeUndefined();
    expect(await start(second)).toBeUndefined();
    await eventually(
      async () => {
        const codes = await Promise.all(
          [first, second].map((page) => page.evaluate(() => pageTest.background)),
        );
        expect(codes.flat()).toContain("taken_over");
      },
      { intervalMs: 100 },
    );
    expect(await connections()).toBeLessThan(14);
    await second.close();
    // The first client still holds the lock in its own page.
    expect(await start(first)).toBe("identity_in_use");
  });
});
