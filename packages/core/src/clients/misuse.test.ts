// JavaScript that TypeScript would reject.
import { afterEach, describe, expect, it, vi } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { failure, thrownBy } from "../../test/failure.ts";
import { ArgumentError } from "../errors.ts";
import { IoTHubDeviceClient as CoreDeviceClient } from "../index.ts";
import { deviceClassOn } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";
import { IoTHubModuleClient } from "./module-client.ts";
import { ProvisioningDeviceClient } from "./provisioning-client.ts";

const connectionString =
  "HostName=hub.example;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
const clients: IoTHubDeviceClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.shutdown();
});

const Device = deviceClassOn(new MemoryRuntime(), engineOfThisRun());

function createClient(): IoTHubDeviceClient {
  const client = Device.createFromConnectionString(connectionString);
  clients.push(client);
  return client;
}

/** Any class or object, as JavaScript uses it. */
type Loose = Record<string, (...args: unknown[]) => unknown>;
const loose = (value: unknown): Loose => value as Loose;
const construct = (type: unknown, ...args: unknown[]): unknown => Reflect.construct(type as () => void, args);

describe("a client that no factory created", () => {
  const notFromFactory = {
    name: "ArgumentError",
    code: "invalid_argument",
    message: "A client must be created by a factory of its class",
    remediation: "Call createFromConnectionString of @isohub/node, @isohub/browser or @isohub/deno",
  };

  it.each([
    ["new with a connection string", () => construct(Device, connectionString)],
    ["new without arguments", () => construct(Device)],
    ["new with null", () => construct(IoTHubModuleClient, null)],
    ["new with options", () => construct(IoTHubModuleClient, { websockets: true })],
    ["new for provisioning", () => construct(ProvisioningDeviceClient, "host", "id", "scope", "key")],
    [
      "a factory without its class",
      () => {
        const { createFromConnectionString } = loose(Device);
        return createFromConnectionString?.(connectionString);
      },
    ],
    [
      "a factory as the method of another object",
      () => {
        const sdk = loose({ create: Device.createFromSymmetricKey });
        return sdk["create"]?.("a2V5", "hub.example", "d1");
      },
    ],
    [
      "a factory for provisioning",
      () => {
        const create = loose(ProvisioningDeviceClient)["createFromSymmetricKey"];
        return create?.("host", "id", "scope", "key");
      },
    ],
    ["a class of core", () => CoreDeviceClient.createFromConnectionString(connectionString)],
  ])("is refused with the call to write: %s", (_title, create) => {
    expect(thrownBy(create)).toMatchObject(notFromFactory);
  });

  it.each(["createFromTokenProvider", "createFromEdgeEnvironment"])(
    "is refused by a promise: %s",
    async (name) => {
      const factory = loose(IoTHubModuleClient)[name];
      expect(await failure(Promise.resolve(factory?.("https://broker.example")))).toMatchObject(
        notFromFactory,
      );
    },
  );
});

describe("a handler", () => {
  const names =
    "onNewSastokenRequired, onConnectionStateChange, onMessageReceived, onMethodRequestReceived, ";

  it.each(["onMessageRecieved", "onMessage", "onmessage", "on_message_received", "onNewSasTokenRequired"])(
    "that doesn't exist is refused, with the names of those that do: %s",
    (name) => {
      const client = createClient();
      const error = thrownBy(() => Object.assign(client, { [name]: () => {} }));
      expect(error).toBeInstanceOf(ArgumentError);
      expect(error).toMatchObject({
        code: "invalid_argument",
        message: expect.stringMatching(`The handler must be one of ${names}.*, got '${name}'`),
      });
      expect(client).not.toHaveProperty(name);
    },
  );

  it.each([[5], ["log"], [Promise.resolve()], [{}], [true]])("must be a function: %s", async (handler) => {
    const client = createClient();
    expect(() => Object.assign(client, { onMessageReceived: handler })).toThrow(
      "The handler must be a function or null, got ",
    );
    // It doesn't count as a handler.
    expect(await client.receiveMessage({ block: false })).toBeUndefined();
  });
});

describe("the properties of a client", () => {
  it("can be extended, by applications, subclasses and libraries for tests", async () => {
    const client = createClient();
    Object.assign(client, { room: "kitchen", once: () => 1, online: true });
    expect(client).toMatchObject({ room: "kitchen", online: true });

    const spy = vi.spyOn(client, "sendMessage").mockResolvedValue();
    await client.sendMessage("x");
    expect(spy).toHaveBeenCalledWith("x");
    spy.mockRestore();
    vi.spyOn(client, "onMessageReceived", "set").mockImplementation(() => {});

    class Thermostat extends Device {
      onTick = (): number => 1;
      limit = 5;
    }
    const own = Thermostat.createFromConnectionString(connectionString);
    clients.push(own);
    expect(own).toMatchObject({ limit: 5, onTick: expect.any(Function) });
    expect("onMessageReceived" in own && !("onMessage" in own)).toBe(true);
  });
});

describe("the options of an operation", () => {
  const rule = /^options must be an object, got (a function|a number|null|a string)$/;

  it.each([
    ["connect", []],
    ["disconnect", []],
    ["flush", []],
    ["shutdown", []],
    ["sendMessage", ["x"]],
    ["getTwin", []],
    ["patchTwinReportedProperties", [{}]],
    ["receiveMessage", []],
    ["receiveMethodRequest", ["reboot"]],
    ["getStorageInfoForBlob", ["a.txt"]],
  ])("must not be a callback, a number or null: %s", async (name, args) => {
    const client = createClient();
    for (const options of [() => {}, 5000, null, "5s"]) {
      const error = await failure(Promise.resolve(loose(client)[name]?.(...args, options)));
      expect(error).toMatchObject({ code: "invalid_argument", message: expect.stringMatching(rule) });
    }
  });
});

describe("arguments in the wrong order", () => {
  const key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

  it.each([
    [
      "the key last",
      () => Device.createFromSymmetricKey("hub.example", "d1", key),
      "symmetric key must be base64",
    ],
    ["the key second", () => Device.createFromSymmetricKey("hub.example", key, "d1"), "hostname must be"],
    [
      "options first",
      () => loose(Device)["createFromConnectionString"]?.({}, connectionString),
      "The connection string must",
    ],
    [
      "the listener first",
      () => loose(createClient())["on"]?.(() => {}, "message"),
      "The event must be one of",
    ],
    [
      "the handler first",
      () => loose(createClient())["handleMethod"]?.(() => {}, "reboot"),
      "The method name must be",
    ],
  ])("are refused: %s", (_title, run, message) => {
    const error = thrownBy(run);
    expect(error).toMatchObject({ message: expect.stringContaining(message) });
    expect(String(error)).not.toContain(key);
  });
});
