// Clients made from connection strings, over an MQTT engine and a hub in memory.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { deviceClassOn } from "../testing/memory-device.ts";
import { memoryPlatform } from "../testing/memory-platform.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";
import { LiteDeviceClient } from "./lite-device-client.ts";
import { IoTHubModuleClient } from "./module-client.ts";

const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const engine = engineOfThisRun();

let runtime: MemoryRuntime;
const clients: IoTHubDeviceClient[] = [];

function create(connectionString: string, options: ClientOptions = {}): IoTHubDeviceClient {
  runtime = new MemoryRuntime();
  const client = deviceClassOn(runtime, engine).createFromConnectionString(connectionString, options);
  clients.push(client);
  return client;
}

/** The password of the latest connection. */
function password(): string {
  return runtime.peer.all("connect")[0]?.password ?? "";
}

/** A token for a resource that is valid for some seconds. */
function token(resource: string, seconds = 3600): string {
  const expiry = Math.floor(new MemoryRuntime().clock.now() / 1000) + seconds;
  return `SharedAccessSignature sr=${encodeURIComponent(resource)}&sig=s&se=${expiry}`;
}

afterEach(async () => {
  for (const client of clients.splice(0)) await client.shutdown();
});

describe("a connection string", () => {
  it("without a policy signs without one", async () => {
    await create(`HostName=hub.example;DeviceId=d1;SharedAccessKey=${key}\n`).connect();
    expect(password()).toMatch(/^SharedAccessSignature sr=hub\.example%2Fdevices%2Fd1&sig=[^&]*&se=\d+$/);
  });

  it("with SharedAccessKeyName signs for the device with the policy", async () => {
    await create(
      `HostName=hub.example;DeviceId=d1;SharedAccessKeyName=my policy;SharedAccessKey=${key}`,
    ).connect();
    expect(password()).toMatch(/sr=hub\.example%2Fdevices%2Fd1&.*&skn=my%20policy$/);
  });

  it("signs the same, however its key is written", async () => {
    const seen = new Set<string>();
    for (const text of [key, key.replace("=", ""), `"${key}"`.slice(1, -1), ` ${key} `, `${key};`]) {
      await create(`HostName=hub.example;DeviceId=d1;SharedAccessKey=${text}`).connect();
      seen.add(password());
    }
    expect(seen.size).toBe(1);
  });

  it("with a SAS token connects with it", async () => {
    const own = token("hub.example/devices/d1");
    await create(`HostName=hub.example;DeviceId=d1;SharedAccessSignature=${own};`).connect();
    expect(password()).toBe(own);
  });

  it("with a SAS token asks for the next one, and accepts it", async () => {
    const client = create(
      `HostName=hub.example;DeviceId=d1;SharedAccessSignature=${token("hub.example/devices/d1", 600)}`,
    );
    const next = token("hub.example/devices/d1", 7200);
    let asked = 0;
    client.onNewSastokenRequired = () => {
      asked += 1;
      return client.updateSastoken(next);
    };
    await client.connect();
    await runtime.pass(500_000, 100_000);
    expect(asked).toBe(1);
    expect(password()).toBe(next);
  });

  it("accepts a SAS token of a policy, for the hub or all devices", async () => {
    for (const resource of ["hub.example", "HUB.example/devices"]) {
      const policy = `${token(resource)}&skn=iothubowner`;
      await create(`HostName=hub.example;DeviceId=d1;SharedAccessSignature=${policy}`).connect();
      expect(password()).toBe(policy);
    }
  });

  it("with a SAS token keeps its gateway", async () => {
    const own = token("hub.example/devices/d1");
    await create(
      `HostName=hub.example;DeviceId=d1;SharedAccessSignature=${own};GatewayHostName=edge.local`,
    ).connect();
    expect(runtime.dialled).toMatchObject([{ host: "edge.local" }]);
  });

  it.each([
    ["for another device", token("hub.example/devices/d2"), {}, "invalid_sas_token"],
    ["that has expired", token("hub.example/devices/d1", -5), {}, "invalid_sas_token"],
    ["that isn't valid", "abc", {}, "invalid_sas_token"],
    ["and sastokenTtl", token("hub.example/devices/d1"), { sastokenTtl: 60 }, "unknown_option"],
    [
      "and signingMechanism",
      token("hub.example"),
      { signingMechanism: { sign: async () => "" } },
      "unknown_option",
    ],
  ])("with a SAS token %s is rejected before connecting", (_what, sas, options, code) => {
    expect(() => create(`HostName=hub.example;DeviceId=d1;SharedAccessSignature=${sas}`, options)).toThrow(
      expect.objectContaining({ name: "ArgumentError", code }),
    );
  });

  it("of a module may have a policy or a SAS token, too", async () => {
    const modules = new MemoryRuntime();
    class Module extends IoTHubModuleClient {
      protected static override readonly platform = memoryPlatform(modules, engine);
    }
    const passwords: (string | undefined)[] = [];
    const own = token("hub.example/devices/d1/modules/m1");
    for (const credentials of [
      `SharedAccessKeyName=p;SharedAccessKey=${key}`,
      `SharedAccessSignature=${own}`,
    ]) {
      const client = Module.createFromConnectionString(
        `HostName=hub.example;DeviceId=d1;ModuleId=m1;${credentials}`,
      );
      await client.connect();
      passwords.push(modules.peer.all("connect")[0]?.password);
      await client.shutdown();
    }
    expect(passwords).toEqual([expect.stringMatching(/%2Fmodules%2Fm1&.*&skn=p$/), own]);
  });

  it("with ws:// needs no option, on any runtime", async () => {
    await create(`HostName=ws://127.0.0.1:1234;DeviceId=d1;SharedAccessKey=${key}`).connect();
    expect(runtime.dialled).toMatchObject([{ transport: "websocket", secure: false, port: 1234 }]);
    await create(
      `HostName=hub.example;DeviceId=d1;SharedAccessKey=${key};GatewayHostName=ws://localhost:1`,
    ).connect();
    expect(runtime.dialled).toMatchObject([{ transport: "websocket", secure: false, host: "localhost" }]);
  });

  it("with ws:// and websockets off is rejected, and so are other schemes", () => {
    const rejected = (host: string, options: ClientOptions, says: string): void =>
      expect(() => create(`HostName=${host};DeviceId=d1;SharedAccessKey=${key}`, options)).toThrow(says);
    rejected(
      "ws://localhost:1",
      { websockets: false },
      "websockets must be true for ws://localhost, got false",
    );
    rejected(
      "wss://hub.example",
      {},
      "HostName must be a host name without 'wss://': set websockets instead",
    );
    rejected("https://hub.example", {}, "HostName must be a host name without 'https://'");
    rejected("mqtts://hub.example:8883", {}, "HostName must be a host name without 'mqtts://'");
    rejected("hub.example/", {}, "HostName must be a host name");
  });

  it("of the lite client needs a key", () => {
    class Lite extends LiteDeviceClient {
      protected static override readonly platform = memoryPlatform(new MemoryRuntime(), engine);
    }
    const sas = token("hub.example/devices/d1");
    expect(() =>
      Lite.createFromConnectionString(`HostName=hub.example;DeviceId=d1;SharedAccessSignature=${sas}`),
    ).toThrow("The connection string must have a SharedAccessKey");
  });
});
