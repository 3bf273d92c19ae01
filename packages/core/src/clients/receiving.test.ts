// Cloud-to-device messages, direct methods and listeners with an MQTT engine and an in-memory hub.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import { ArgumentError, ClientError, ProtocolError } from "../errors.ts";
import { MethodResponse } from "../methods/method.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import { until } from "../testing/until.ts";
import { deferred } from "../util/deferred.ts";
import { fromUtf8 } from "../util/text.ts";

const createDevice = memoryDevices();

const inbox = "devices/d1/messages/devicebound/";

/** Sends a C2D message from the hub. @returns its packet id */
function send(device: MemoryDevice, text: string, bag = ""): number {
  return device.peer.publish(inbox + bag, text, { qos: 1 });
}

/** Calls a method from the hub. */
function call(device: MemoryDevice, name: string, requestId: string, body = "", qos: 0 | 1 = 0): void {
  device.peer.publish(`$iothub/methods/POST/${name}/?$rid=${requestId}`, body, { qos });
}

/** Returns the responses to method calls at the hub. */
const answers = (device: MemoryDevice): unknown[] =>
  device.hub.methodResponses.map(({ topic, payload }) => [topic, JSON.parse(fromUtf8(payload))]);

const acknowledged = (device: MemoryDevice): number[] =>
  device.peer.all("puback").map(({ packetId }) => packetId);

describe("cloud-to-device messages", () => {
  it("arrive with their properties, and are acknowledged once the handler's promise has resolved", async () => {
    const device = createDevice();
    const done = deferred<void>();
    const got: unknown[] = [];
    device.client.onMessageReceived = (message) => {
      got.push([message.text(), message.messageId, message.customProperties]);
      return done.promise;
    };
    await device.client.connect();
    send(device, "hello", "%24.mid=m1&color=bl%C3%A4u");
    await until(() => got.length === 1);
    await device.rest();
    expect(got).toEqual([["hello", "m1", { color: "bläu" }]]);
    expect(acknowledged(device)).toEqual([]);
    done.resolve();
    await until(() => acknowledged(device).length === 1);
    expect(acknowledged(device)).toEqual([1]);
  });

  it("block acknowledgement if their handler throws, until the hub redelivers them; ClientError handler_failed is reported", async () => {
    const device = createDevice();
    const got: string[] = [];
    device.client.onMessageReceived = (message) => {
      got.push(message.text());
      if (got.length === 1) throw new RangeError("no");
    };
    await device.client.connect();
    send(device, "bad", "%24.mid=1");
    send(device, "good", "%24.mid=2");
    await until(() => got.length === 2);
    await device.rest();
    expect(acknowledged(device)).toEqual([]);
    expect(device.background).toHaveLength(1);
    expect(device.background[0]).toBeInstanceOf(ClientError);
    expect(device.background).toMatchObject([{ code: "handler_failed", cause: new RangeError("no") }]);
    expect(device.client.connected).toBe(true);
    device.peer.publish(`${inbox}%24.mid=1`, "bad", { qos: 1, dup: true });
    await until(() => acknowledged(device).length === 2);
    expect(got).toEqual(["bad", "good", "bad"]);
    expect(acknowledged(device)).toEqual([3, 2]);
  });

  it("that are redelivered after a reconnect are acknowledged there, not by the earlier handler", async () => {
    const device = createDevice();
    const first = deferred<void>();
    const handled: boolean[] = [];
    device.client.onMessageReceived = () => {
      handled.push(true);
      return handled.length === 1 ? first.promise : undefined;
    };
    await device.client.connect();
    send(device, "x");
    await until(() => handled.length === 1);
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    first.resolve();
    await device.rest();
    expect(acknowledged(device)).toEqual([]);
    device.peer.publish(inbox, "x", { qos: 1, dup: true });
    await until(() => acknowledged(device).length === 1);
  });

  it("are kept unacknowledged for the next listener if there is none", async () => {
    const device = createDevice();
    device.client.onMessageReceived = () => {};
    await device.client.connect();
    device.client.onMessageReceived = null;
    send(device, "kept");
    await device.rest();
    expect(acknowledged(device)).toEqual([]);
    const loop = device.client.messages();
    expect((await loop.next()).value?.text()).toBe("kept");
    await loop.return();
    await until(() => acknowledged(device).length === 1);
  });

  it("are acknowledged by a loop when it requests the next one", async () => {
    const device = await createDevice().connected();
    const texts: string[] = [];
    const loop = (async () => {
      for await (const message of device.client.messages()) {
        texts.push(message.text());
        if (texts.length === 2) break;
      }
    })();
    await until(() => device.hub.filtersOf("d1").length === 1);
    send(device, "a");
    send(device, "b");
    send(device, "c");
    await loop;
    await until(() => acknowledged(device).length === 2);
    await device.rest();
    expect(texts).toEqual(["a", "b"]);
    expect(acknowledged(device)).toEqual([1, 2]);
    expect(device.background).toEqual([]);
  });

  it("on another device's topic, or an unknown one, are acknowledged and dropped", async () => {
    const device = createDevice();
    let got = 0;
    device.client.onMessageReceived = () => got++;
    await device.client.connect();
    device.peer.publish("devices/d2/messages/devicebound/", "x", { qos: 1 });
    device.peer.publish("$iothub/unknown", "x", { qos: 1 });
    await until(() => acknowledged(device).length === 2);
    expect(got).toBe(0);
  });

  it("above receiveQueueLimit stay at the hub, and ClientError queue_overflow is reported once", async () => {
    const device = createDevice({ receiveQueueLimit: 2 });
    device.client.onMessageReceived = () => {};
    await device.client.connect();
    device.client.onMessageReceived = null;
    for (const text of ["a", "b", "c", "d"]) send(device, text);
    await until(() => device.background.length > 0);
    await device.rest();
    expect(device.background).toMatchObject([{ name: "ClientError", code: "queue_overflow" }]);
  });
});

describe("direct methods", () => {
  it("are answered by their handler, with the unchanged request id", async () => {
    const device = createDevice();
    device.client.handleMethod("get Status", ({ payload }) => ({ status: 201, payload: { got: payload } }));
    await device.client.connect();
    call(device, "get%20Status", "1a", '{"a":1}');
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([["$iothub/methods/res/201/?$rid=1a", { got: { a: 1 } }]]);
    expect(device.hub.methodResponses).toMatchObject([{ qos: 1, retain: false }]);
  });

  it("without a handler are answered with 404", async () => {
    const device = createDevice();
    device.client.handleMethod("other", () => ({}));
    await device.client.connect();
    call(device, "reboot", "1");
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([
      ["$iothub/methods/res/404/?$rid=1", { message: "The device has no method 'reboot'" }],
    ]);
    expect(device.background).toEqual([]);
  });

  it("whose handler throws are answered with 500, and ClientError handler_failed is reported", async () => {
    const device = createDevice();
    device.client.handleMethod("m", () => Promise.reject(new RangeError("no")));
    await device.client.connect();
    call(device, "m", "1");
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([
      ["$iothub/methods/res/500/?$rid=1", { message: "The handler of 'm' failed" }],
    ]);
    expect(device.background).toMatchObject([{ code: "handler_failed", cause: new RangeError("no") }]);
  });

  it("with a body that isn't JSON are answered with 400, and ProtocolError invalid_json is reported", async () => {
    const device = createDevice();
    device.client.handleMethod("m", () => ({}));
    await device.client.connect();
    call(device, "m", "1", "{");
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([
      ["$iothub/methods/res/400/?$rid=1", { message: "The payload isn't valid JSON" }],
    ]);
    expect(device.background[0]).toBeInstanceOf(ProtocolError);
    expect(device.background).toMatchObject([{ code: "invalid_json" }]);
  });

  it("are passed to listeners, too, which answer with sendMethodResponse", async () => {
    const device = createDevice();
    device.client.onMethodRequestReceived = async (request) => {
      await device.client.sendMethodResponse(
        MethodResponse.createFromMethodRequest(request, 200, { ok: true }),
      );
    };
    await device.client.connect();
    call(device, "any", "7", "null", 1);
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([["$iothub/methods/res/200/?$rid=7", { ok: true }]]);
    expect(acknowledged(device)).toEqual([1]);
  });

  it("throw ArgumentError for a response that isn't a MethodResponse", async () => {
    const device = createDevice();
    const error = await failure(
      Reflect.apply(device.client.sendMethodResponse, device.client, [{ requestId: "1", status: 200 }]),
    );
    expect(error).toBeInstanceOf(ArgumentError);
    expect(device.runtime.dialled).toEqual([]);
  });

  it("throw ClientError handler_conflict for a second handler of a method", () => {
    const device = createDevice({ autoConnect: false });
    const remove = device.client.handleMethod("m", () => ({}));
    expect(() => device.client.handleMethod("m", () => ({}))).toThrow(ClientError);
    expect(() => device.client.handleMethod("m", () => ({}))).toThrow("Method 'm' already has a handler");
    remove();
    device.client.handleMethod("m", () => ({}));
  });

  it("are subscribed to as long as there is a handler or listener", async () => {
    const device = createDevice();
    const remove = device.client.handleMethod("m", () => ({}));
    const stop = device.client.on("methodRequest", () => {});
    await device.client.connect();
    expect(device.hub.filtersOf("d1")).toEqual(["$iothub/methods/POST/#"]);
    remove();
    await device.rest();
    expect(device.hub.filtersOf("d1")).toEqual(["$iothub/methods/POST/#"]);
    stop();
    await until(() => device.hub.filtersOf("d1").length === 0);
  });

  it("are answered on the next connection if there is none", async () => {
    const device = createDevice();
    const done = deferred<object>();
    device.client.handleMethod("slow", () => done.promise);
    await device.client.connect();
    call(device, "slow", "1");
    await device.rest();
    device.peer.close();
    done.resolve({ status: 202 });
    await device.clock.advance(1000);
    await device.reconnected(2);
    await until(() => answers(device).length === 1);
    expect(answers(device)).toEqual([["$iothub/methods/res/202/?$rid=1", null]]);
  });
});

describe("listeners", () => {
  it("don't affect the protocol if they fail: each failure is reported as ClientError handler_failed", async () => {
    const device = createDevice();
    const fail = (): never => {
      throw new RangeError("no");
    };
    device.client.onConnectionStateChange = fail;
    device.client.on("connectionStateChange", async () => fail());
    device.client.onMessageReceived = fail;
    device.client.onMethodRequestReceived = fail;
    device.client.onTwinDesiredPropertiesPatchReceived = fail;
    await device.client.connect();
    send(device, "x");
    call(device, "m", "1");
    await device.rest();
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.client.sendMessage("works");
    const failed = device.background.filter((error) => error instanceof ClientError);
    expect(failed.length).toBeGreaterThan(10);
    expect(failed.every(({ code, cause }) => code === "handler_failed" && cause instanceof RangeError)).toBe(
      true,
    );
  });

  it("for failures that fail themselves are ignored", async () => {
    const device = await createDevice().connected();
    device.client.onBackgroundException = () => {
      throw new RangeError("even this");
    };
    device.client.on("backgroundException", () => Promise.reject(new RangeError("and this")));
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    expect(device.background).toHaveLength(1);
  });

  it("are removed with their signal", async () => {
    const device = createDevice();
    const controller = new AbortController();
    const states: string[] = [];
    device.client.on("connectionStateChange", ({ status }) => states.push(status), {
      signal: controller.signal,
    });
    await device.client.connect();
    controller.abort();
    await device.client.disconnect();
    expect(states).toEqual(["connecting", "connected"]);
  });

  it("throw ArgumentError for an unknown event, or if they aren't functions", () => {
    const device = createDevice();
    const on = (...values: unknown[]): unknown => Reflect.apply(device.client.on, device.client, values);
    expect(() => on("telemetry", () => {})).toThrow(ArgumentError);
    expect(() => on("telemetry", () => {})).toThrow(
      /The event must be one of connectionState.*, got 'telemetry'$/,
    );
    expect(() => on("toString", () => {})).toThrow(ArgumentError);
    expect(() => on("message", "fn")).toThrow("The listener must be a function, got 'fn'");
    expect(() => Reflect.set(device.client, "onMessageReceived", "fn")).toThrow(
      "The handler must be a function or null, got 'fn'",
    );
  });

  it("don't report a loop that ends while events wait", async () => {
    const device = createDevice();
    const seen: string[] = [];
    const loop = (async () => {
      for await (const { status } of device.client.connectionStates()) {
        seen.push(status);
        if (seen.length === 2) {
          await device.client.disconnect();
          break;
        }
      }
    })();
    await device.client.connect();
    await loop;
    await device.rest();
    expect(seen).toEqual(["connecting", "connected"]);
    expect(device.background).toEqual([]);
  });

  it("don't report a loop over method calls that ends while calls wait", async () => {
    const device = await createDevice().connected();
    const loop = device.client.methodRequests();
    const first = loop.next();
    await until(() => device.hub.filtersOf("d1").length === 1);
    call(device, "a", "1");
    call(device, "b", "2");
    await first;
    await device.rest();
    await loop.return();
    await device.rest();
    expect(device.background).toEqual([]);
  });
});
