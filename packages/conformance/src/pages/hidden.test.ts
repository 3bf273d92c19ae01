// Hidden, frozen and offline pages, with everything that Chromium does to them.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { startEmulator } from "@isohub/emulator";
import { describe, expect, it, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import { providedPlainHub } from "../provided-hub.ts";
import { BackgroundChromium, type BackgroundTab } from "./background-tab.ts";
import { browserDist, globalPage, serve, servePage } from "./page-server.ts";

const { hub } = providedPlainHub();
const chromium = new BackgroundChromium();
const html = `${globalPage}<script>
  const clients = {}, unhandledRejections = [];
  addEventListener("unhandledrejection", ({ reason }) => unhandledRejections.push(String(reason)));
  async function start(name, connectionString, options) {
    const client = isohub.IoTHubDeviceClient.createFromConnectionString(connectionString, options);
    clients[name] = client;
    await client.connect();
  }
</script>`;

async function openTab(headers: Record<string, string> = {}): Promise<BackgroundTab> {
  return chromium.open(await servePage(html, headers));
}

/** Allows what the page needs, and no `blob:`. */
const strictPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; connect-src ws://localhost:*";

interface PageDevice {
  readonly deviceId: string;
  /** Returns how many times it has connected. */
  connections(): Promise<number>;
  /** Returns the status of its client. */
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

const expectNoUnhandledRejection = async ({ page }: BackgroundTab): Promise<void> => {
  expect(await page.evaluate("unhandledRejections")).toEqual([]);
};

describe("a hidden page", () => {
  it("renews tokens and sends pings on time, although its own timers run once a minute", async () => {
    const tab = await openTab();
    const renewing = await startDevice(tab, { sastokenTtl: 4 });
    // The hub drops a connection that is silent for 6 s.
    const idle = await startDevice(tab, { keepAlive: 4 });
    await tab.hide();
    await eventually(async () => expect(await renewing.connections()).toBeGreaterThan(6));
    expect(await idle.connections()).toBe(1);
    expect(await idle.status()).toBe("connected");
    await expectNoUnhandledRejection(tab);
  });

  it.each([
    [
      "a file of the same origin, under a strict content security policy",
      strictPolicy,
      "timer-worker.js",
      "http:",
    ],
    ["a blob, where there is no such file", "", "no-file.js", "blob:"],
    ["a blob, under a policy that allows no file", "worker-src blob:", "timer-worker.js", "blob:"],
  ])("has its timer in %s", async (_title, policy, file, protocol) => {
    const files = async (path: string): Promise<string | Uint8Array> => {
      if (path === "/index.html") return html;
      // As servers of single-page applications do.
      return readFile(join(browserDist, path === "/timer-worker.js" ? file : path)).catch(() => html);
    };
    const origin = await serve(files, policy === "" ? {} : { "content-security-policy": policy });
    const tab = await chromium.open(origin);
    const renewing = await startDevice(tab, { sastokenTtl: 4 });
    await tab.hide();
    await eventually(async () => expect(await renewing.connections()).toBeGreaterThan(2));
    await expect
      .poll(() => tab.page.workers().map((worker) => new URL(worker.url()).protocol))
      .toContain(protocol);
    await expectNoUnhandledRejection(tab);
  });

  it("without a worker checks its connection when it is shown", async () => {
    const tab = await openTab({ "content-security-policy": "worker-src 'none'" });
    const device = await startDevice(tab, { pingTimeoutMs: 2000 });
    await tab.hide();
    await hub.faults.blackHole(device.deviceId);
    await tab.show();
    await eventually(async () => expect(await device.connections()).toBe(2));
    await expectNoUnhandledRejection(tab);
  });
});

describe("a frozen page", () => {
  it("reconnects when it is thawed, if its connection was lost in the meantime", async () => {
    const tab = await openTab();
    const device = await startDevice(tab, { pingTimeoutMs: 2000 });
    await tab.hide();
    await tab.freeze();
    await hub.faults.blackHole(device.deviceId);
    await tab.thaw();
    await eventually(async () => expect(await device.connections()).toBe(2));
    await eventually(async () => expect(await device.status()).toBe("connected"));
    await expectNoUnhandledRejection(tab);
  });
});

describe("an offline page", () => {
  it("reconnects immediately when it is online again, without waiting for the retry interval", async () => {
    const tab = await openTab();
    const device = await startDevice(tab, { connectionRetryInterval: 3600 });
    await tab.setOnline(false);
    await hub.kick(device.deviceId);
    await eventually(async () => expect(await device.status()).toBe("waiting"));
    await tab.setOnline(true);
    await eventually(async () => expect(await device.connections()).toBe(2));
    await expectNoUnhandledRejection(tab);
  });
});

it("a device of the console sends on time in a hidden tab", async () => {
  const emulator = await startEmulator();
  onTestFinished(() => emulator.close());
  const tab = await chromium.open(new URL("/", emulator.endpoints.controlUrl).href);
  await tab.page.locator('aria/Start a thermostat[role="button"]').setTimeout(60_000).click();
  await emulator.waitForTelemetry({ deviceId: "thermostat-1" }, { timeoutMs: 90_000 });
  await tab.hide();
  const before = emulator.telemetry("thermostat-1").length;
  // With the page's own timers, this would take minutes.
  await emulator.waitForTelemetry({ deviceId: "thermostat-1", count: before + 12 }, { timeoutMs: 90_000 });
});
