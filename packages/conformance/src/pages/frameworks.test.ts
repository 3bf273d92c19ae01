// The examples with React, Vue and Svelte, in the development mode of their framework, with devices of the local hub.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { IoTHubDeviceClient, Message, ProvisioningDeviceClient } from "@isohub/node";
import type { BrowserContext, Page } from "playwright";
import { createServer } from "vite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { freshId } from "../device.ts";
import { eventually } from "../eventually.ts";
import { root } from "../files.ts";
import { providedHub, providedPlainHub } from "../provided-hub.ts";
import { Chromium } from "./chromium.ts";

const { hub } = providedPlainHub();
const chromium = new Chromium();

/** A device in the page of an example. */
class ExampleDevice {
  readonly page: Page;
  readonly deviceId: string;
  /** Returns how many times the device has connected. */
  readonly connections: () => Promise<number>;

  constructor(page: Page, deviceId: string, connections: () => Promise<number>) {
    this.page = page;
    this.deviceId = deviceId;
    this.connections = connections;
  }

  shows(text: RegExp): Promise<void> {
    return eventually(async () => expect(await this.page.locator("body").textContent()).toMatch(text));
  }

  /** Presses a button several times, in one go. */
  async press(name: string, times = 1): Promise<void> {
    await this.page.getByRole("button", { name }).evaluate((element, count) => {
      const button = element as unknown as { click(): void };
      for (let time = 0; time < count; time++) button.click();
    }, times);
  }

  async expectOneSession(): Promise<void> {
    await this.shows(/: connected/);
    await eventually(async () => expect(await hub.sessionsOf(this.deviceId)).toHaveLength(1));
  }
}

/** Changes the source of a component. */
type Edit = (source: string) => string;

const relabel: Edit = (source) => source.replace("Connection:", "Link:");

/** Sends with a client that is part of a deep state. */
const keepInState: Edit = (source) =>
  relabel(source)
    .replace("</script>", "let kept = $state({}); $effect(() => { kept.client = $device.client; });</script>")
    .replace("$device.client?.", "kept.client?.");

describe.each<[string, string, string, Edit]>([
  ["React", "react", "Thermostat.tsx", relabel],
  ["Vue", "vue", "Thermostat.vue", relabel],
  ["Svelte", "svelte", "Thermostat.svelte", keepInState],
])("Page frameworks: %s", (_framework, folder, file, edit) => {
  const example = join(root, "examples", folder);
  let project = "";
  let origin = "";
  let stop = async (): Promise<void> => {};

  beforeAll(async () => {
    // A copy, because a test edits it, in a folder from which the example's packages are found.
    await mkdir(join(example, "build"), { recursive: true });
    project = await mkdtemp(join(example, "build/page-"));
    for (const entry of await readdir(example, { withFileTypes: true }))
      if (entry.isFile()) await copyFile(join(example, entry.name), join(project, entry.name));
    const server = await createServer({
      root: project,
      cacheDir: join(project, "cache"),
      logLevel: "error",
      server: { host: "localhost", port: 0 },
    });
    stop = () => server.close();
    await server.listen();
    origin = server.resolvedUrls?.local[0] ?? "";
  });

  afterAll(async () => {
    await stop();
    await rm(project, { recursive: true, force: true });
  });

  async function open(): Promise<ExampleDevice & { again(): Promise<ExampleDevice> }> {
    const context: BrowserContext = await chromium.context();
    const deviceId = freshId();
    const { connectionString } = await hub.createDevice(deviceId);
    const connections = await hub.countEvents("deviceConnected", deviceId);
    const tab = async (): Promise<ExampleDevice> => {
      const { page } = await chromium.open(`${origin}#${encodeURIComponent(connectionString)}`, context);
      return new ExampleDevice(page, deviceId, connections);
    };
    return Object.assign(await tab(), { again: tab });
  }

  it("connects once, sends telemetry, and shows its state and twin", async () => {
    const device = await open();
    await device.expectOneSession();
    await hub.patchDesired(device.deviceId, { target: 23 });
    await device.shows(/Target: 23/);
    await device.press("Send");
    await eventually(async () => expect(await hub.telemetry(device.deviceId)).toHaveLength(1));
    expect(await device.connections()).toBe(1);
    await hub.kick(device.deviceId);
    await eventually(async () => expect(await device.connections()).toBe(2));
    await hub.patchDesired(device.deviceId, { target: 24 });
    await device.shows(/Target: 24/);
  });

  it("disconnects when its component is unmounted, and has one session after it is mounted again", async () => {
    const device = await open();
    await device.expectOneSession();
    await device.press("Toggle");
    await eventually(async () => expect(await hub.sessionsOf(device.deviceId)).toEqual([]));
    await device.press("Toggle");
    await device.expectOneSession();
    await device.press("Toggle", 6);
    await device.expectOneSession();
    expect(await device.page.locator("section").count()).toBe(1);
  });

  it("has one session after its component is replaced in the running page", async () => {
    const device = await open();
    await device.expectOneSession();
    await device.page.evaluate("globalThis.isSamePage = true");
    const source = await readFile(join(project, file), "utf8");
    await writeFile(join(project, file), edit(source));
    await device.shows(/Link: connected/);
    await device.expectOneSession();
    await device.press("Send");
    await eventually(async () => expect(await hub.telemetry(device.deviceId)).toHaveLength(1));
    expect(await device.page.evaluate("isSamePage")).toBe(true);
    await writeFile(join(project, file), source);
    await device.shows(/Connection: connected/);
    await device.expectOneSession();
  });

  it("is rejected in a second tab, with the reason, and stays connected in the first", async () => {
    const device = await open();
    await device.expectOneSession();
    const second = await device.again();
    await second.shows(/Connection: disconnected Another client in this page or another tab/);
    await device.expectOneSession();
    expect(await device.connections()).toBe(1);
  });
});

describe("Page frameworks: Vue", () => {
  const load = createRequire(join(root, "examples/vue/package.json"));

  it("a client, a message and a provisioning client in reactive() and ref() stay themselves", async () => {
    const { reactive, ref, readonly, isReactive } = load("vue");
    const secured = providedHub();
    const deviceId = freshId();
    const { connectionString } = await secured.hub.createDevice(deviceId);
    const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
      serverVerificationCert: secured.ca,
    });
    const message = new Message("hello");
    const registering = ProvisioningDeviceClient.createFromSymmetricKey(
      "localhost",
      deviceId,
      "0ne1",
      "AAAA",
    );
    const store = reactive({
      client,
      message,
      registering,
      all: new Map([[deviceId, client]]),
      list: [client],
    });
    const kept = [
      store.client,
      store.all.get(deviceId),
      store.list[0],
      ref(client).value,
      readonly({ client }).client,
    ];
    for (const each of kept) expect(each).toBe(client);
    expect(isReactive(store.message) || isReactive(store.registering)).toBe(false);
    await store.client.sendMessage(store.message);
    expect(store.client.state.status).toBe("connected");
    expect(await secured.hub.telemetry(deviceId)).toHaveLength(1);
    await store.client.shutdown();
  });
});
