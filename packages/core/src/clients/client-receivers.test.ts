// Clients whose receivers are a separate file, as in pages: before it is loaded, and when it can't be.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import {
  ArgumentError,
  ConnectionFailedError,
  OperationCancelledError,
  OperationTimeoutError,
} from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import { payloadText } from "../testing/payload.ts";
import { until } from "../testing/until.ts";
import { deferred } from "../util/deferred.ts";

const createDevice = memoryDevices();

const missing = (): ConnectionFailedError =>
  new ConnectionFailedError("load_failed", "Loading a file of the SDK failed: offline", {
    remediation: "Reload the page",
  });

/** A file of a page. */
interface PageFile {
  readonly device: MemoryDevice;
  /** The number of attempts to load it. */
  attempts: number;
  /** Ends the attempts that are in progress. */
  arrive(): Promise<void>;
  fail(): Promise<void>;
}

/** Creates a device whose receivers arrive when a test lets them. */
function pageDevice(options?: ClientOptions): PageFile {
  const device = createDevice(options);
  let waiting = deferred<void>();
  const end = async (error?: Error): Promise<void> => {
    const before = waiting;
    waiting = deferred();
    if (error) before.reject(error);
    else before.resolve();
    await device.rest();
  };
  const file: PageFile = { device, attempts: 0, arrive: () => end(), fail: () => end(missing()) };
  device.runtime.onLoad = () => {
    file.attempts++;
    return waiting.promise;
  };
  return file;
}

/** The reported properties that a device has patched, in order. */
const patched = ({ runtime }: MemoryDevice): unknown[] =>
  runtime.peers
    .flatMap((peer) => peer.all("publish"))
    .filter(({ topic }) => topic.startsWith("$iothub/twin/PATCH/"))
    .map(({ payload }) => JSON.parse(payloadText(payload)));

describe("the file of the receivers", () => {
  it("is never loaded by a device that only sends", async () => {
    const { device, ...file } = pageDevice();
    await device.client.sendMessage("1");
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.client.disconnect();
    await device.client.sendMessage("2");
    await device.client.flush();
    await device.client.shutdown({ drain: true });
    expect(file.attempts).toBe(0);
  });

  it("is loaded once, by whatever is used first", async () => {
    for (const use of [
      ({ client }: MemoryDevice) => void client.getTwin(),
      ({ client }: MemoryDevice) => void client.patchTwinReportedProperties({}),
      ({ client }: MemoryDevice) => void client.on("message", () => {}),
      ({ client }: MemoryDevice) => void client.handleMethod("m", () => ({})),
      ({ client }: MemoryDevice) => void client.on("methodRequest", () => {}),
      ({ client }: MemoryDevice) => void client.on("twinDesiredPropertiesPatch", () => {}),
    ]) {
      const file = pageDevice();
      use(file.device);
      expect(file.attempts).toBe(1);
      await file.arrive();
      await until(() => file.device.client.connected);
      file.device.client.on("message", () => {});
      await file.device.client.getTwin();
      expect(file.attempts).toBe(1);
    }
  });

  it("is loaded while the device connects, and a connection that needs it opens only then", async () => {
    const file = pageDevice();
    const { device } = file;
    const patches: unknown[] = [];
    device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
    const connecting = device.client.connect();
    await device.rest();
    expect(device.runtime.peers).toHaveLength(1);
    expect(device.peer.received).toEqual([]);
    await file.arrive();
    await connecting;
    await until(() => patches.length === 1);
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe", "publish"]);
    expect(device.hub.filtersOf("d1")).toHaveLength(2);
  });

  it("is waited for as long as for the hub", async () => {
    const { device } = pageDevice({ connectTimeoutMs: 5000 });
    device.client.on("message", () => {});
    const connecting = failure(device.client.connect());
    await device.rest();
    await device.clock.advance(5000);
    expect(await connecting).toBeInstanceOf(OperationTimeoutError);
  });
});

describe("if the file can't be loaded,", () => {
  it("connect() rejects with load_failed if there is a handler, and the next one tries again", async () => {
    const file = pageDevice();
    const { device } = file;
    const patches: unknown[] = [];
    device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
    const connecting = failure(device.client.connect());
    await device.rest();
    await file.fail();
    const error = await connecting;
    expect(error).toBeInstanceOf(ConnectionFailedError);
    expect(error).toMatchObject({ code: "load_failed", retryable: true, remediation: expect.any(String) });
    expect(device.client.state).toMatchObject({ status: "disconnected", reason: error });
    expect(device.peer.received).toEqual([]);
    const again = device.client.connect();
    await device.rest();
    await file.arrive();
    await again;
    await until(() => patches.length === 1);
  });

  it("a lost connection stays lost until it can, with the reason in the state", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.sendMessage("1");
    device.peer.close();
    const calls: unknown[] = [];
    device.client.handleMethod("m", ({ payload }) => ({ status: calls.push(payload) }));
    for (let attempt = 1; attempt <= 3; attempt++) {
      await file.fail();
      await device.clock.advance(1000);
      await device.rest();
    }
    await file.fail();
    expect(device.client.state).toMatchObject({ status: "waiting", reason: { code: "load_failed" } });
    expect(device.background.map((error) => (error as ConnectionFailedError).code)).toContain("load_failed");
    await device.clock.advance(1000);
    await file.arrive();
    await until(() => device.client.connected);
    device.peer.publish("$iothub/methods/POST/m/?$rid=1", "5");
    await until(() => device.hub.methodResponses.length === 1);
    expect(calls).toEqual([5]);
  });

  it("a handler set while connected waits with growing delays, with an error each time; telemetry continues", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const patches: unknown[] = [];
    device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
    await file.fail();
    expect(device.background).toMatchObject([{ code: "load_failed" }]);
    await device.pass(1000, 250);
    expect(file.attempts).toBe(2);
    await file.fail();
    await device.client.sendMessage("1");
    await device.pass(500, 250);
    expect(file.attempts).toBe(2);
    await device.pass(1500, 250);
    expect(file.attempts).toBe(3);
    device.hub.patchDesired({ a: 1 });
    await file.arrive();
    await until(() => patches.length === 1);
    expect(patches).toEqual([{ a: 1, $version: 2 }]);
    expect(device.background).toHaveLength(2);
    expect(device.runtime.peers).toHaveLength(1);
  });

  it("an operation rejects with load_failed while connected, and can be called again", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const reading = failure(device.client.getTwin());
    const patching = failure(device.client.patchTwinReportedProperties({ a: 1 }));
    await device.rest();
    await file.fail();
    for (const error of [await reading, await patching])
      expect(error).toMatchObject({ name: "ConnectionFailedError", code: "load_failed", retryable: true });
    const again = device.client.getTwin();
    await file.arrive();
    expect(await again).toEqual(device.hub.twin);
    expect(patched(device)).toEqual([]);
    expect(device.background).toEqual([]);
  });

  it("an operation without a connection waits for one, and for the file", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.sendMessage("1");
    device.peer.close();
    const reading = device.client.getTwin();
    await file.fail();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await file.arrive();
    expect(await reading).toEqual(device.hub.twin);
  });

  it("an operation rejects as before if there will be no connection", async () => {
    const offline = pageDevice();
    offline.device.runtime.onDial = () => Promise.reject(new Error("offline"));
    const reading = failure(offline.device.client.getTwin());
    await offline.fail();
    expect(await reading).toMatchObject({ code: "connect_failed" });
    const { device } = pageDevice({ autoConnect: false });
    expect(await failure(device.client.getTwin())).toMatchObject({ code: "not_connected" });
  });
});

describe("until the file is loaded,", () => {
  it("patches of reported properties keep their order, with those that follow", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.sendMessage("1");
    device.peer.close();
    const patch = (n: number): Promise<unknown> => device.client.patchTwinReportedProperties({ n });
    const changing = { n: 1 };
    const done = [device.client.patchTwinReportedProperties(changing), patch(2)];
    // What counts is the value at the call.
    changing.n = 7;
    await file.arrive();
    done.push(patch(3));
    await device.clock.advance(1000);
    await device.reconnected(2);
    done.push(patch(4));
    await Promise.all(done);
    expect(patched(device)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }]);
    expect(device.hub.twin.reported).toMatchObject({ n: 4 });
  });

  it("patches that can't be sent are refused at once", async () => {
    const file = pageDevice();
    const bad = failure(file.device.client.patchTwinReportedProperties({ a: Number.NaN }));
    expect(await bad).toBeInstanceOf(ArgumentError);
    expect(file.attempts).toBe(0);
  });

  it("an operation ends with its time-out or signal, and isn't sent later", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const controller = new AbortController();
    const late = failure(device.client.patchTwinReportedProperties({ a: 1 }, { timeoutMs: 1000 }));
    const { signal } = controller;
    const aborted = failure(device.client.patchTwinReportedProperties({ b: 1 }, { signal }));
    await device.clock.advance(1000);
    controller.abort(new Error("enough"));
    expect(await late).toBeInstanceOf(OperationTimeoutError);
    expect(await aborted).toMatchObject({ message: "enough" });
    await file.arrive();
    await device.client.getTwin();
    expect(patched(device)).toEqual([]);
  });

  it("disconnect() ends operations, and nothing connects when the file arrives", async () => {
    for (const isConnected of [true, false]) {
      const file = pageDevice();
      const { device } = file;
      if (isConnected) await device.client.connect();
      const patches: unknown[] = [];
      device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
      const patching = failure(device.client.patchTwinReportedProperties({ a: 1 }));
      await device.rest();
      await device.client.disconnect();
      expect(await patching).toBeInstanceOf(OperationCancelledError);
      await file.arrive();
      expect(device.client.state.status).toBe("disconnected");
      expect(device.runtime.open).toEqual([]);
      await device.client.connect();
      await until(() => patches.length === 1);
      expect(patched(device)).toEqual([]);
    }
  });

  it("shutdown() ends operations, and leaves nothing behind, whether the file arrives or not", async () => {
    for (const end of ["arrive", "fail"] as const) {
      const file = pageDevice();
      const { device } = file;
      await device.client.connect();
      device.client.on("twinDesiredPropertiesPatch", () => {});
      const reading = failure(device.client.getTwin());
      await device.rest();
      await device.client.shutdown();
      expect(await reading).toBeInstanceOf(OperationCancelledError);
      await file[end]();
      await device.end();
      expect(device.background).toEqual([]);
    }
  });

  it("shutdown() ends the wait after a failure", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    device.client.on("message", () => {});
    await file.fail();
    expect(device.clock.timers).toBeGreaterThan(0);
    await device.end();
    expect(file.attempts).toBe(1);
  });

  it("an operation survives the loss of the connection", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const reading = device.client.getTwin();
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await file.arrive();
    expect(await reading).toEqual(device.hub.twin);
  });

  it("a handler that is removed again has no effect but the connection", async () => {
    const file = pageDevice();
    const { device } = file;
    const patches: unknown[] = [];
    const stop = device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
    stop();
    await until(() => device.client.connected);
    await file.arrive();
    await device.rest();
    expect(patches).toEqual([]);
    expect(device.peer.received.map(({ type }) => type)).toEqual(["connect", "subscribe"]);
    expect(device.hub.filtersOf("d1")).toEqual(["$iothub/twin/res/#"]);
  });

  it("flush() and a shutdown that drains wait for operations", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    let isFlushed = false;
    const patching = device.client.patchTwinReportedProperties({ a: 1 });
    const flushing = device.client.flush().then(() => (isFlushed = true));
    await device.rest();
    expect(isFlushed).toBe(false);
    await file.arrive();
    await Promise.all([patching, flushing]);
    const other = pageDevice();
    await other.device.client.connect();
    const last = other.device.client.patchTwinReportedProperties({ b: 1 });
    const ending = other.device.client.shutdown({ drain: true });
    await other.device.rest();
    await other.arrive();
    await Promise.all([last, ending]);
    expect(other.device.hub.twin.reported).toMatchObject({ b: 1 });
  });

  it("messages of an earlier session wait for their listener, and are acknowledged in order", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const bodies: string[] = [];
    device.peer.publish("devices/d1/messages/devicebound/$.mid=1", "first", { qos: 1 });
    device.peer.publish("devices/d1/messages/devicebound/$.mid=2", "second", { qos: 1 });
    await device.rest();
    expect(file.attempts).toBe(1);
    device.client.onMessageReceived = ({ data }) => void bodies.push(payloadText(data as Uint8Array));
    await device.rest();
    expect(device.peer.all("puback")).toEqual([]);
    await file.arrive();
    await until(() => device.peer.all("puback").length === 2);
    expect(bodies).toEqual(["first", "second"]);
    expect(device.peer.all("puback").map(({ packetId }) => packetId)).toEqual([1, 2]);
  });

  it("messages of a connection that is lost are left to the hub, which sends them again", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    const bodies: string[] = [];
    device.client.onMessageReceived = ({ data }) => void bodies.push(payloadText(data as Uint8Array));
    const topic = "devices/d1/messages/devicebound/$.mid=1";
    device.peer.publish(topic, "once", { qos: 1 });
    await device.rest();
    device.peer.close();
    await file.arrive();
    await device.clock.advance(1000);
    await device.reconnected(2);
    device.peer.publish(topic, "once", { qos: 1, dup: true });
    await until(() => device.peer.all("puback").length === 1);
    expect(bodies).toEqual(["once"]);
  });

  it("a method call of an earlier session waits, and is answered", async () => {
    const file = pageDevice();
    const { device } = file;
    await device.client.connect();
    device.peer.publish("$iothub/methods/POST/m/?$rid=1", "");
    await device.rest();
    await file.arrive();
    await until(() => device.hub.methodResponses.length === 1);
    expect(device.hub.methodResponses).toMatchObject([{ topic: "$iothub/methods/res/404/?$rid=1" }]);
  });

  it("desired patches without ensureDesiredProperties wait, and none is lost", async () => {
    const file = pageDevice({ ensureDesiredProperties: false });
    const { device } = file;
    await device.client.connect();
    const patches: unknown[] = [];
    device.client.on("twinDesiredPropertiesPatch", (patch) => patches.push(patch));
    await until(() => device.hub.filtersOf("d1").length === 1);
    device.hub.patchDesired({ a: 1 });
    device.hub.patchDesired({ a: 2 });
    await device.rest();
    await file.arrive();
    await until(() => patches.length === 2);
    expect(patches).toEqual([
      { a: 1, $version: 2 },
      { a: 2, $version: 3 },
    ]);
  });
});
