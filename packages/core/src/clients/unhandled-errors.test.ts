// Errors of clients whose application listens to none.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { ConnectionDroppedError } from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { deviceClassOn } from "../testing/memory-device.ts";
import { MemoryRuntime } from "../testing/memory-runtime.ts";
import { until } from "../testing/until.ts";
import type { LogLevel } from "../util/logger.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";

const clients: IoTHubDeviceClient[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) await client.shutdown();
});

function createDevice(options: ClientOptions = {}): { runtime: MemoryRuntime; client: IoTHubDeviceClient } {
  const runtime = new MemoryRuntime();
  const client = deviceClassOn(runtime, engineOfThisRun()).createFromConnectionString(
    "HostName=hub.example;DeviceId=d1;SharedAccessKey=MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    { connectionRetryInterval: 1, ...options },
  );
  clients.push(client);
  return { runtime, client };
}

const broken = new RangeError("broken");
const fail = (): never => {
  throw broken;
};

const send = ({ peer }: MemoryRuntime): unknown =>
  peer.publish("devices/d1/messages/devicebound/", "hello", { qos: 1 });

const call = ({ peer }: MemoryRuntime): unknown =>
  peer.publish("$iothub/methods/POST/reboot/?$rid=1", "", { qos: 0 });

/** Makes the hub refuse the device. */
function refuse({ hub }: MemoryRuntime): void {
  hub.intercept = ({ type }, peer) => {
    if (type !== "connect") return false;
    peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
    return true;
  };
}

describe("the failure of a handler", () => {
  it.each<[string, (client: IoTHubDeviceClient) => unknown, (runtime: MemoryRuntime) => unknown]>([
    ["a property", (client) => Object.assign(client, { onMessageReceived: fail }), send],
    [
      "a property, asynchronously",
      (client) => Object.assign(client, { onMessageReceived: async () => fail() }),
      send,
    ],
    ["a listener", (client) => client.on("message", fail), send],
    ["a method", (client) => client.handleMethod("reboot", fail), call],
    ["a listener of methods", (client) => client.on("methodRequest", fail), call],
    [
      "a listener of the state",
      (client) => client.on("connectionStateChange", ({ status }) => status === "connected" && fail()),
      () => {},
    ],
  ])("is printed once if nothing listens to errors: %s", async (_title, listen, cause) => {
    const { runtime, client } = createDevice();
    listen(client);
    await client.connect();
    cause(runtime);
    await until(() => runtime.unhandled.length > 0);
    await runtime.rest();
    expect(runtime.unhandled).toMatchObject([{ name: "ClientError", code: "handler_failed", cause: broken }]);
    expect(client.connected).toBe(true);
  });

  it("is printed for each message", async () => {
    const { runtime, client } = createDevice();
    client.onMessageReceived = fail;
    await client.connect();
    for (const _ of [1, 2, 3]) send(runtime);
    await until(() => runtime.unhandled.length === 3);
  });

  it("isn't printed if there is a handler, a listener or an iterator for errors", async () => {
    const { runtime, client } = createDevice();
    const heard: unknown[] = [];
    client.onMessageReceived = fail;
    client.onBackgroundException = (error) => heard.push(error.code);
    await client.connect();
    send(runtime);
    await until(() => heard.length === 1);
    client.onBackgroundException = null;
    const stop = client.on("backgroundException", (error) => heard.push(error.code));
    send(runtime);
    await until(() => heard.length === 2);
    expect(runtime.unhandled).toEqual([]);
    stop();
    send(runtime);
    await until(() => runtime.unhandled.length === 1);
    expect(heard).toEqual(["handler_failed", "handler_failed"]);
  });

  it("is only logged if there is a logger", async () => {
    const logged: unknown[] = [];
    const logger = { log: (_level: LogLevel, _message: string, detail: object) => void logged.push(detail) };
    const { runtime, client } = createDevice({ logger });
    client.onMessageReceived = fail;
    client.on("connectionStateChange", fail);
    await client.connect();
    send(runtime);
    const failures = (): number =>
      logged.filter((detail) => String(Reflect.get(Object(detail), "code")) === "handler_failed").length;
    await until(() => failures() === 3);
    expect(runtime.unhandled).toEqual([]);
  });

  it("is printed if it is that of the handler for errors", async () => {
    const { runtime, client } = createDevice();
    const otherFailure = new Error("also broken");
    client.onMessageReceived = fail;
    client.onBackgroundException = () => {
      throw otherFailure;
    };
    await client.connect();
    send(runtime);
    await until(() => runtime.unhandled.length > 0);
    await runtime.rest();
    expect(runtime.unhandled).toMatchObject([
      { message: "A listener of 'backgroundException' failed", cause: otherFailure },
    ]);
  });

  it.each([true, false])(
    "after the shutdown is printed unless errors had a listener (%s)",
    async (hasListener) => {
      const { runtime, client } = createDevice();
      let isEnded = false;
      if (hasListener) client.onBackgroundException = () => {};
      client.onMessageReceived = async () => {
        await client.shutdown();
        isEnded = true;
        fail();
      };
      await client.connect();
      send(runtime);
      await until(() => isEnded);
      await runtime.rest();
      expect(runtime.unhandled).toMatchObject(hasListener ? [] : [{ code: "handler_failed" }]);
    },
  );
});

describe("a retry policy that fails", () => {
  it.each([
    ["throws", fail],
    ["returns a promise", (async () => 5) as unknown as () => number],
  ])("is reported, and the default backoff applies: it %s", async (_title, retryPolicy) => {
    const { runtime, client } = createDevice({ retryPolicy, connectionRetryInterval: undefined });
    await client.connect();
    runtime.peer.close();
    await runtime.rest();
    expect(runtime.unhandled).toMatchObject([{ code: "handler_failed" }]);
    await runtime.pass(2000);
    expect(client.connected).toBe(true);
  });
});

describe("the end of a client", () => {
  it("is printed once if only a handler requested the connection", async () => {
    const { runtime, client } = createDevice();
    refuse(runtime);
    client.onMessageReceived = () => {};
    await until(() => runtime.unhandled.length > 0);
    await runtime.rest();
    expect(runtime.unhandled).toMatchObject([{ name: "CredentialError", code: "not_authorized" }]);
    expect(client.state.status).toBe("disconnected");
  });

  it("is printed once if the hub refuses the device after a lost connection, which isn't", async () => {
    const { runtime, client } = createDevice();
    await client.connect();
    refuse(runtime);
    runtime.peer.close();
    await runtime.rest();
    expect(client.state.status).toBe("waiting");
    expect(runtime.unhandled).toEqual([]);
    await runtime.pass(2000);
    expect(runtime.unhandled).toMatchObject([{ code: "not_authorized" }]);
  });

  it("isn't printed if a call rejects with it, or the application ended it", async () => {
    const { runtime, client } = createDevice();
    refuse(runtime);
    await expect(client.connect()).rejects.toMatchObject({ code: "not_authorized" });
    await expect(client.sendMessage("x")).rejects.toMatchObject({ code: "not_authorized" });
    runtime.hub.intercept = () => false;
    await client.connect();
    await client.shutdown();
    expect(runtime.unhandled).toEqual([]);
  });

  it("isn't printed while the client retries", async () => {
    const { runtime, client } = createDevice();
    await client.connect();
    for (let times = 0; times < 2; times++) {
      runtime.peer.close();
      await runtime.rest();
      await runtime.pass(2000);
      expect(client.connected).toBe(true);
    }
    expect(runtime.unhandled).toEqual([]);
  });

  it("is printed if connectionRetry is off", async () => {
    const { runtime, client } = createDevice({ connectionRetry: false, connectionRetryInterval: undefined });
    await client.connect();
    runtime.peer.close();
    await runtime.rest();
    expect(runtime.unhandled).toEqual([expect.any(ConnectionDroppedError)]);
  });
});
