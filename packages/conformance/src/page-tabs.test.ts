import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { decodeSymmetricKey, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import type { BrowserContext, Frame, Page } from "playwright";
import { describe, expect, it } from "vitest";
import { Chromium } from "./chromium.ts";
import { freshId } from "./device.ts";
import { eventually } from "./eventually.ts";
import { serve } from "./page-server.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();
const dist = fileURLToPath(new URL("../../browser/dist/", import.meta.url));
const chromium = new Chromium();
/** For this one, page.example is this machine: an origin that is not trustworthy, where there are no Web Locks. */
const insecure = new Chromium(["--host-resolver-rules=MAP page.example 127.0.0.1"]);

const html = `<!doctype html><meta charset="utf-8"><script src="isohub.global.js"></script>`;
const origin = (): Promise<string> =>
  serve(async (path) => (path === "/index.html" ? html : readFile(dist + path)));

/** What a page has of the library, and of the test. */
interface PageWorld {
  readonly isohub: typeof import("@isohub/browser");
  client: import("@isohub/browser").IoTHubDeviceClient;
  told: string[];
}

/** Connects as a device; the client stays in the page. @returns `connected`, or the error */
function connect(page: Pick<Page, "evaluate">, connectionString: string): Promise<unknown> {
  return page.evaluate(async (text) => {
    const world = globalThis as unknown as PageWorld;
    world.client = world.isohub.IoTHubDeviceClient.createFromConnectionString(text);
    return world.client.connect().then(
      () => world.client.state.status,
      ({ name, code, message, remediation }) => ({ name, code, message, remediation }),
    );
  }, connectionString);
}

const inUse = {
  name: "ConnectionFailedError",
  code: "identity_in_use",
  message: expect.stringContaining("Another client in this page, or in another tab of this browser, is "),
  remediation: expect.stringMatching(/./),
};

/** Two tabs of one browser, the first of which is a device. */
async function firstTab(): Promise<{
  context: BrowserContext;
  first: Page;
  deviceId: string;
  connectionString: string;
  open: () => Promise<Page>;
  connections: () => Promise<number>;
}> {
  const at = await origin();
  const context = await chromium.context();
  const open = async (): Promise<Page> => (await chromium.open(at, context)).page;
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const connections = await hub.countEvents("deviceConnected", deviceId);
  const first = await open();
  expect(await connect(first, connectionString)).toBe("connected");
  return { context, first, deviceId, connectionString, open, connections };
}

describe("the second tab with a device", () => {
  it("is told that another one holds it, and does not disturb that one", async () => {
    const { first, deviceId, connectionString, open, connections } = await firstTab();
    const before = await hub.sessions(deviceId);
    const second = await open();
    expect(await connect(second, connectionString)).toMatchObject(inUse);
    expect(
      await second.evaluate(() => {
        const { state } = (globalThis as unknown as PageWorld).client;
        return { status: state.status, code: Reflect.get(state.reason ?? {}, "code") };
      }),
    ).toEqual({ status: "disconnected", code: "identity_in_use" });
    expect(await hub.sessions(deviceId)).toEqual(before);
    expect(await connections()).toBe(1);
    await first.evaluate(() => (globalThis as unknown as PageWorld).client.sendMessage("still here"));
    // A tab for itself is no trouble.
    const other = await hub.createDevice(freshId());
    expect(await connect(second, other.connectionString)).toBe("connected");
  });

  it.each<[string, (tab: Page, context: BrowserContext) => Promise<unknown>]>([
    ["was closed", (tab) => tab.close()],
    ["went to another page", (tab) => tab.goto("about:blank")],
    ["disconnected", (tab) => tab.evaluate(() => (globalThis as unknown as PageWorld).client.disconnect())],
    [
      "crashed",
      async (tab, context) => {
        const session = await context.newCDPSession(tab);
        const crashed = new Promise((resolve) => tab.once("crash", resolve));
        session.send("Page.crash").catch(() => {});
        await crashed;
      },
    ],
  ])("connects once the first one %s", async (_what, end) => {
    const { context, first, connectionString, open } = await firstTab();
    const second = await open();
    expect(await connect(second, connectionString)).toMatchObject(inUse);
    await end(first, context);
    expect(
      await second.evaluate(() => (globalThis as unknown as PageWorld).client.connect()),
    ).toBeUndefined();
  });

  it("is not the first one loaded again, which has its device back at once", async () => {
    const { first, connectionString, open, connections } = await firstTab();
    for (let times = 0; times < 3; times++) {
      await first.reload();
      expect(await connect(first, connectionString)).toBe("connected");
    }
    expect(await connections()).toBe(4);
    expect(await connect(await open(), connectionString)).toMatchObject(inUse);
  });
});

describe("the second client in a page", () => {
  it("with the same device is told so", async () => {
    const { first, connectionString, deviceId, connections } = await firstTab();
    expect(await connect(first, connectionString)).toMatchObject(inUse);
    expect(await hub.sessions(deviceId)).toHaveLength(1);
    expect(await connections()).toBe(1);
  });

  it("may follow the first one, which is just being shut down", async () => {
    const { first, connectionString } = await firstTab();
    await first.evaluate(() => void (globalThis as unknown as PageWorld).client.shutdown());
    expect(await connect(first, connectionString)).toBe("connected");
  });
});

describe("where there are no Web Locks", () => {
  it("in a sandboxed frame, a device connects, and a second client in the frame is told so", async () => {
    const frame = '<!doctype html><iframe sandbox="allow-scripts" src="index.html"></iframe>';
    const at = await serve(async (path) =>
      path === "/frame.html" ? frame : path === "/index.html" ? html : readFile(dist + path),
    );
    const { page } = await chromium.open(`${at}/frame.html`);
    const inner = page.frames()[1] as Frame;
    const { connectionString } = await hub.createDevice(freshId());
    const refusal = await inner.evaluate(() => navigator.locks.request("x", () => "granted").catch(String));
    expect(refusal).toContain("SecurityError");
    expect(await connect(inner, connectionString)).toBe("connected");
    expect(await connect(inner, connectionString)).toMatchObject(inUse);
  });

  it("two tabs evict each other a few times, say taken_over and hold off; two clients in a page do not", async () => {
    const at = (await origin()).replace("localhost", "page.example");
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const part = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? "";
    const signer = symmetricKeySigner(decodeSymmetricKey(part("SharedAccessKey")), hmacSha256);
    const sastoken = await signSasToken(
      signer,
      `localhost/devices/${deviceId}`,
      Math.floor(Date.now() / 1000) + 3600,
    );
    const connections = await hub.countEvents("deviceConnected", deviceId);
    const context = await insecure.context();
    const start = async (page: Page): Promise<unknown> =>
      page.evaluate(
        async ({ token, gatewayHostname }) => {
          const world = globalThis as unknown as PageWorld;
          if (navigator.locks !== undefined) return "there are locks";
          const told: string[] = [];
          world.told = told;
          world.client = world.isohub.IoTHubDeviceClient.createFromSastoken(token, { gatewayHostname });
          world.client.onBackgroundException = (error) => told.push(String(Reflect.get(error, "code")));
          return world.client.connect().catch((error: { code: string }) => error.code);
        },
        { token: sastoken, gatewayHostname: part("HostName") },
      );
    const first = (await insecure.open(at, context)).page;
    const second = (await insecure.open(at, context)).page;
    expect(await start(first)).toBeUndefined();
    expect(await start(second)).toBeUndefined();
    await eventually(async () => {
      const told = await Promise.all(
        [first, second].map((page) => page.evaluate(() => (globalThis as unknown as PageWorld).told)),
      );
      expect(told.flat()).toContain("taken_over");
    }, 100);
    expect(await connections()).toBeLessThan(14);
    await second.close();
    // The first one holds the name in its own page.
    expect(await start(first)).toBe("identity_in_use");
  });
});
