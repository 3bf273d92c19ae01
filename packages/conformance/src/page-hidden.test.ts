// Pages behind other pages, frozen ones, and ones without a network: with all that Chromium does to them.
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BackgroundTab } from "./background-tab.ts";
import { freshId } from "./device.ts";
import { eventually } from "./eventually.ts";
import { serve } from "./page-server.ts";
import { providedPlainHub } from "./provided-hub.ts";

const { hub } = providedPlainHub();
const dist = fileURLToPath(new URL("../../browser/dist/", import.meta.url));
const html = `<!doctype html><meta charset="utf-8"><script src="isohub.global.js"></script><script>
  const clients = {}, refused = [];
  addEventListener("unhandledrejection", ({ reason }) => refused.push(String(reason)));
  async function start(name, connectionString, options) {
    const client = isohub.IoTHubDeviceClient.createFromConnectionString(connectionString, options);
    clients[name] = client;
    await client.connect();
  }
</script>`;

async function openTab(headers: Record<string, string> = {}): Promise<BackgroundTab> {
  return BackgroundTab.open(
    await serve(async (path) => (path === "/index.html" ? html : readFile(dist + path)), headers),
  );
}

interface PageDevice {
  readonly deviceId: string;
  /** How often it has connected. */
  connections(): Promise<number>;
  /** The status of the client. */
  status(): Promise<unknown>;
}

async function startDevice({ page }: BackgroundTab, options: object = {}): Promise<PageDevice> {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const connections = await hub.countEvents("deviceConnected", deviceId);
  const args = [deviceId, connectionString, options].map((each) => JSON.stringify(each)).join(", ");
  await page.evaluate(`start(${args})`);
  return {
    deviceId,
    connections,
    status: () => page.evaluate(`clients[${JSON.stringify(deviceId)}].state.status`),
  };
}

const expectUnhandled = async ({ page }: BackgroundTab): Promise<void> => {
  expect(await page.evaluate("refused")).toEqual([]);
};

describe("a hidden page", () => {
  it("renews tokens and keeps its connections alive on time, when its own timers run once a minute", async () => {
    const tab = await openTab();
    const renewing = await startDevice(tab, { sastokenTtl: 2 });
    // The hub drops who is silent for 3 s.
    const idle = await startDevice(tab, { keepAlive: 2 });
    await tab.hide();
    await eventually(async () => expect(await renewing.connections()).toBeGreaterThan(10));
    expect(await idle.connections()).toBe(1);
    expect(await idle.status()).toBe("connected");
    await expectUnhandled(tab);
  });

  it("that may have no worker is looked after as soon as it is shown", async () => {
    const tab = await openTab({ "content-security-policy": "worker-src 'none'" });
    const device = await startDevice(tab, { pingTimeoutMs: 500 });
    await tab.hide();
    await hub.fault(device.deviceId, { type: "blackHole" });
    await tab.show();
    await eventually(async () => expect(await device.connections()).toBe(2));
    await expectUnhandled(tab);
  });
});

describe("a frozen page", () => {
  it("comes back by itself when it is thawed, with what the hub ended meanwhile", async () => {
    const tab = await openTab();
    const device = await startDevice(tab, { pingTimeoutMs: 500 });
    await tab.hide();
    await tab.freeze();
    await hub.fault(device.deviceId, { type: "blackHole" });
    await tab.thaw();
    await eventually(async () => expect(await device.connections()).toBe(2));
    await eventually(async () => expect(await device.status()).toBe("connected"));
    await expectUnhandled(tab);
  });
});

describe("a page without a network", () => {
  it("does not wait out its back-off when the network is there again", async () => {
    const tab = await openTab();
    const device = await startDevice(tab, { connectionRetryInterval: 3600 });
    await tab.setOnline(false);
    await hub.kick(device.deviceId);
    await eventually(async () => expect(await device.status()).toBe("waiting"));
    await tab.setOnline(true);
    await eventually(async () => expect(await device.connections()).toBe(2));
    await expectUnhandled(tab);
  });
});
