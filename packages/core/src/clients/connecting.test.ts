// A client with an MQTT engine and an in-memory hub: connecting, disconnecting, losing a connection and reconnecting.
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import { hmacSha256 } from "../auth/crypto.ts";
import { parseSasToken } from "../auth/sas-token.ts";
import { decodeSymmetricKey } from "../auth/symmetric-key.ts";
import {
  ClientError,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  NoConnectionError,
  OperationCancelledError,
  OperationTimeoutError,
  ProtocolError,
} from "../errors.ts";
import { Message } from "../messages/message.ts";
import { MethodResponse } from "../methods/method.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import { until } from "../testing/until.ts";
import { encodeBase64 } from "../util/base64.ts";
import { deferred } from "../util/deferred.ts";
import { utf8 } from "../util/text.ts";
import type { IoTHubDeviceClient } from "./device-client.ts";

const createDevice = memoryDevices();

/** Makes the hub refuse the next connections. */
function refuse(device: MemoryDevice, returnCode: number): void {
  device.hub.intercept = (packet, peer) => {
    if (packet.type !== "connect") return false;
    peer.send({ type: "connack", sessionPresent: false, returnCode });
    return true;
  };
}

describe("connect()", () => {
  it("opens one connection with the identity, a fresh token and a persistent session", async () => {
    const device = await createDevice({ productInfo: ";App/1 ä" }).connected();
    expect(device.runtime.dialled).toMatchObject([{ transport: "tcp", host: "hub.example", port: 8883 }]);
    const [connect] = device.peer.all("connect");
    expect(connect).toMatchObject({
      protocolLevel: 4,
      cleanSession: false,
      keepAlive: 60,
      clientId: "d1",
      username:
        "hub.example/d1/?api-version=2021-04-12&DeviceClientType=isohub-memory%2F0.0.0%3BApp%2F1%20%C3%A4",
    });
    const token = parseSasToken(connect?.password);
    expect(token).toMatchObject({
      resource: "hub.example/devices/d1",
      expiry: device.clock.now() / 1000 + 3600,
      keyName: undefined,
    });
    const key = decodeSymmetricKey("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=");
    const signature = await hmacSha256(key, utf8(`${token.resourceText}\n${token.expiry}`));
    expect(token.signature).toBe(encodeBase64(signature));
  });

  it("changes the state to connecting and connected, with their times", async () => {
    const device = createDevice();
    const made = new Date(device.clock.now());
    expect(device.client.state).toMatchObject({
      status: "disconnected",
      since: made,
      reason: undefined,
      attempt: 0,
    });
    expect(device.client.connected).toBe(false);
    await device.clock.advance(5000);
    await device.client.connect();
    expect(device.states).toEqual(["connecting", "connected"]);
    expect(device.client.connected).toBe(true);
    expect(device.client.state).toEqual({
      status: "connected",
      since: new Date(device.clock.now()),
      reason: undefined,
      attempt: 0,
      nextRetryAt: undefined,
    });
  });

  it("opens one connection for repeated and concurrent calls", async () => {
    const device = createDevice();
    await Promise.all([device.client.connect(), device.client.connect(), device.client.connect()]);
    await device.client.connect();
    expect(device.runtime.dialled).toHaveLength(1);
  });

  it("resolves once the handlers that were set before are subscribed, with one SUBSCRIBE on one connection", async () => {
    const device = createDevice();
    device.client.onMessageReceived = () => {};
    device.client.handleMethod("reboot", () => ({}));
    device.client.onTwinDesiredPropertiesPatchReceived = () => {};
    await device.client.connect();
    expect(device.runtime.dialled).toHaveLength(1);
    expect([...device.hub.filtersOf("d1")].sort()).toEqual([
      "$iothub/methods/POST/#",
      "$iothub/twin/PATCH/properties/desired/#",
      "$iothub/twin/res/#",
      "devices/d1/messages/devicebound/#",
    ]);
    expect(device.peer.all("subscribe")).toHaveLength(1);
  });

  it("resolves even if the hub refuses a handler's subscription, which is reported in the background", async () => {
    const device = createDevice();
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "subscribe") return false;
      peer.send({ type: "suback", packetId: packet.packetId, granted: packet.filters.map(() => 0x80) });
      return true;
    };
    device.client.onMessageReceived = () => {};
    await device.client.connect();
    expect(device.background).toMatchObject([{ name: "ProtocolError", code: "subscription_refused" }]);
    expect(device.client.connected).toBe(true);
  });

  for (const [code, Type, errorCode] of [
    [1, ProtocolError, "protocol_version_refused"],
    [2, CredentialError, "not_authorized"],
    [3, ConnectionFailedError, "server_unavailable"],
    [4, CredentialError, "not_authorized"],
    [5, CredentialError, "not_authorized"],
  ] as const) {
    it(`rejects with ${Type.name} ${errorCode} after CONNACK ${code}, without retrying`, async () => {
      const device = createDevice();
      refuse(device, code);
      const error = await failure(device.client.connect());
      expect(error).toBeInstanceOf(Type);
      expect(error).toMatchObject({ code: errorCode, message: expect.stringContaining("refused 'd1'") });
      expect(device.client.state).toMatchObject({
        status: "disconnected",
        reason: error,
        nextRetryAt: undefined,
      });
      await device.pass(3_600_000, 600_000);
      expect(device.runtime.dialled).toHaveLength(1);
      expect(device.background).toEqual([]);
      expect(device.runtime.open).toEqual([]);
    });
  }

  it("can be called again after the hub refused", async () => {
    const device = createDevice();
    refuse(device, 5);
    await failure(device.client.connect());
    device.hub.intercept = () => false;
    await device.client.connect();
    expect(device.client.connected).toBe(true);
  });

  it("rejects with OperationTimeoutError without a CONNACK within connectTimeoutMs, and ends the connection", async () => {
    const device = createDevice({ connectTimeoutMs: 5000 });
    device.hub.intercept = ({ type }) => type === "connect";
    const connecting = failure(device.client.connect());
    await until(() => device.runtime.peers.length === 1 && device.peer.all("connect").length === 1);
    await device.clock.advance(4999);
    expect(device.client.state.status).toBe("connecting");
    await device.clock.advance(1);
    const error = await connecting;
    expect(error).toBeInstanceOf(OperationTimeoutError);
    expect(error).toMatchObject({
      code: "operation_timeout",
      message: expect.stringContaining("a connection but no CONNACK"),
    });
    expect(device.peer.closed).toBe("abort");
  });

  it("rejects with ConnectionFailedError connect_failed if the connection is closed before CONNACK", async () => {
    const device = createDevice();
    device.hub.intercept = (_packet, peer) => {
      peer.close();
      return true;
    };
    const error = await failure(device.client.connect());
    expect(error).toBeInstanceOf(ConnectionFailedError);
    expect(error).toMatchObject({
      code: "connect_failed",
      message: expect.stringContaining("before CONNACK"),
    });
    expect(device.client.state.status).toBe("disconnected");
  });

  it("rejects with ProtocolError if the answer isn't MQTT", async () => {
    const device = createDevice();
    device.hub.intercept = (_packet, peer) => {
      peer.sendBytes(utf8("HTTP/1.1 400 Bad Request\r\n\r\n"));
      return true;
    };
    const error = await failure(device.client.connect());
    expect(error).toMatchObject({
      name: "ProtocolError",
      code: "protocol_error",
      message: "hub.example:8883 sent an HTTP answer, 400, instead of CONNACK",
      remediation: expect.stringContaining("load balancer"),
    });
    expect(device.peer.closed).toBe("abort");
    expect(device.client.state.status).toBe("disconnected");
  });

  it("rejects with the runtime's error if dialing fails", async () => {
    const device = createDevice();
    const error = new ConnectionFailedError("tls_failed", "not trusted");
    device.runtime.onDial = () => Promise.reject(error);
    expect(await failure(device.client.connect())).toBe(error);
  });

  it("rejects with the reason of its signal, without ending the connection", async () => {
    const device = createDevice();
    const wait = deferred<void>();
    device.runtime.onDial = () => wait.promise;
    const controller = new AbortController();
    const connecting = failure(device.client.connect({ signal: controller.signal }));
    controller.abort(new RangeError("enough"));
    expect(await connecting).toEqual(new RangeError("enough"));
    wait.resolve();
    await until(() => device.client.connected);
  });

  it("rejects with OperationTimeoutError after its own time limit", async () => {
    const device = createDevice();
    device.runtime.onDial = () => new Promise(() => {});
    const connecting = failure(device.client.connect({ timeoutMs: 100 }));
    await device.clock.advance(100);
    expect(await connecting).toMatchObject({
      code: "operation_timeout",
      message: "Connecting did not finish within 100 ms",
    });
  });
});

describe("disconnect()", () => {
  it("sends DISCONNECT, closes, and stays disconnected", async () => {
    const device = await createDevice().connected();
    await device.client.disconnect();
    expect(device.peer.all("disconnect")).toHaveLength(1);
    expect(device.peer.closed).toBe("close");
    expect(device.states).toEqual(["connecting", "connected", "disconnecting", "disconnected"]);
    expect(device.client.state).toMatchObject({ status: "disconnected", reason: undefined });
    await device.pass(600_000, 60_000);
    expect(device.runtime.dialled).toHaveLength(1);
    expect(device.background).toEqual([]);
    expect(device.clock.timers).toBe(0);
  });

  it("does nothing without a connection", async () => {
    const device = createDevice();
    await device.client.disconnect();
    expect(device.states).toEqual([]);
  });

  it("aborts a connection attempt: connect() rejects with OperationCancelledError", async () => {
    const device = createDevice();
    let calledOff = false;
    device.runtime.onDial = (_endpoint, signal) => {
      signal.addEventListener("abort", () => {
        calledOff = true;
      });
      return new Promise(() => {});
    };
    const connecting = failure(device.client.connect());
    await device.client.disconnect();
    const error = await connecting;
    expect(error).toBeInstanceOf(OperationCancelledError);
    expect(error).toMatchObject({ code: "operation_cancelled" });
    expect(calledOff).toBe(true);
    expect(device.client.state.status).toBe("disconnected");
    expect(device.clock.timers).toBe(0);
  });

  it("aborts an attempt that waits for its subscriptions, and the next connect() succeeds", async () => {
    const device = createDevice();
    device.client.handleMethod("reboot", () => ({}));
    device.hub.intercept = ({ type }) => type === "subscribe";
    const connecting = failure(device.client.connect());
    await until(() => device.runtime.peers.length === 1 && device.peer.all("subscribe").length === 1);
    await device.client.disconnect();
    expect(await connecting).toMatchObject({ code: "operation_cancelled" });
    expect(device.clock.timers).toBe(0);
    device.hub.intercept = () => false;
    device.client.onMessageReceived = () => {};
    await device.client.connect();
    expect(device.hub.filtersOf("d1")).toHaveLength(2);
  });

  it("leaves the client usable: connect() and operations connect again", async () => {
    const device = await createDevice().connected();
    await device.client.disconnect();
    await device.client.sendMessage("x");
    expect(device.runtime.dialled).toHaveLength(2);
    expect(device.hub.telemetry).toHaveLength(1);
  });

  it("ends the wait for the next attempt", async () => {
    const device = await createDevice({ connectionRetryInterval: 600 }).connected();
    device.peer.close();
    await until(() => device.client.state.status === "waiting");
    await device.client.disconnect();
    expect(device.client.state.status).toBe("disconnected");
    expect(device.clock.timers).toBe(0);
  });

  it("ends the connection after 2 s if the hub doesn't close it", async () => {
    const device = await createDevice().connected();
    const close = device.peer.connection.close;
    Reflect.set(device.peer.connection, "close", () => new Promise(() => {}));
    const disconnecting = device.client.disconnect();
    await device.rest();
    expect(device.client.state.status).toBe("disconnecting");
    await device.clock.advance(2000);
    await disconnecting;
    expect(device.peer.closed).toBe("abort");
    Reflect.set(device.peer.connection, "close", close);
  });
});

describe("shutdown()", () => {
  const moments: Record<string, (device: MemoryDevice) => Promise<unknown>> = {
    "before anything": async () => {},
    "while dialling": async (device) => {
      device.runtime.onDial = () => new Promise(() => {});
      failure(device.client.connect());
      await device.rest();
    },
    "before CONNACK": async (device) => {
      device.hub.intercept = ({ type }) => type === "connect";
      failure(device.client.connect());
      await until(() => device.runtime.peers.length === 1);
    },
    "before SUBACK": async (device) => {
      device.hub.intercept = ({ type }) => type === "subscribe";
      device.client.onMessageReceived = () => {};
      failure(device.client.connect());
      await until(() => device.runtime.peers.length === 1 && device.peer.all("subscribe").length === 1);
    },
    "while connected": (device) => device.connected(),
    "while it requests a subscription": async (device) => {
      await device.connected();
      device.hub.intercept = ({ type }) => type === "subscribe";
      device.client.onMessageReceived = () => {};
      await until(() => device.peer.all("subscribe").length === 1);
    },
    "with a message in flight": async (device) => {
      await device.connected();
      device.hub.intercept = ({ type }) => type === "publish";
      failure(device.client.sendMessage("x"));
      await device.rest();
    },
    "while messages wait for a connection": async (device) => {
      device.runtime.onDial = () => new Promise(() => {});
      failure(device.client.sendMessage("x"));
      await device.rest();
    },
    "while a twin request is in flight": async (device) => {
      await device.connected();
      device.hub.intercept = ({ type }) => type === "publish";
      failure(device.client.getTwin());
      await until(() => device.peer.all("publish").length === 1);
    },
    "while a twin request waits for its subscription": async (device) => {
      await device.connected();
      device.hub.intercept = ({ type }) => type === "subscribe";
      failure(device.client.getTwin());
      await until(() => device.peer.all("subscribe").length === 1);
    },
    "while desired patches wait for their subscription": async (device) => {
      await device.connected();
      device.hub.intercept = ({ type }) => type === "subscribe";
      device.client.onTwinDesiredPropertiesPatchReceived = () => {};
      await until(() => device.peer.all("subscribe").length === 1);
    },
    "while it reads the twin for desired patches": async (device) => {
      device.hub.intercept = ({ type }) => type === "publish";
      device.client.onTwinDesiredPropertiesPatchReceived = () => {};
      await device.connected();
      await until(() => device.peer.all("publish").length === 1);
    },
    "while a failed read of the twin waits for a retry": async (device) => {
      device.hub.intercept = (packet, peer) => {
        if (packet.type !== "publish") return false;
        peer.publish(packet.topic.replace(/^.*\?/, "$iothub/twin/res/500/?"), "");
        return true;
      };
      device.client.onTwinDesiredPropertiesPatchReceived = () => {};
      await device.connected();
      await until(() => device.background.length === 1);
    },
    "while a method handler runs": async (device) => {
      const wait = deferred<object>();
      device.client.handleMethod("slow", () => wait.promise);
      await device.connected();
      device.peer.publish("$iothub/methods/POST/slow/?$rid=1", "");
      await device.rest();
      setTimeout(() => wait.resolve({}), 0);
    },
    "while it waits for the next attempt": async (device) => {
      await device.connected();
      device.peer.close();
      await until(() => device.client.state.status === "waiting");
    },
    "while disconnecting": async (device) => {
      await device.connected();
      failure(device.client.disconnect());
    },
    "in the tick in which handlers are set": async (device) => {
      device.client.onMessageReceived = () => {};
      device.client.handleMethod("m", () => ({}));
    },
    "while loops run": async (device) => {
      await device.connected();
      for (const loop of [
        device.client.messages(),
        device.client.connectionStates(),
        device.client.methodRequests(),
      ]) {
        loop.next();
      }
      await device.rest();
    },
  };

  for (const [moment, prepare] of Object.entries(moments)) {
    it(`${moment} leaves no timer, connection or dial behind`, async () => {
      const device = createDevice();
      await prepare(device);
      const dials = device.runtime.dialled.length;
      await device.client.shutdown();
      expect(device.clock.timers).toBe(0);
      expect(device.runtime.open).toEqual([]);
      const background = device.background.length;
      await device.rest();
      await device.pass(600_000, 60_000);
      await device.end();
      expect(device.runtime.dialled).toHaveLength(dials);
      expect(device.background).toHaveLength(background);
      expect(device.client.state.status).toBe("disconnected");
    });
  }

  it("can be called repeatedly and concurrently", async () => {
    const device = await createDevice().connected();
    await Promise.all([device.client.shutdown(), device.client.shutdown()]);
    await device.client.shutdown();
    expect(device.peer.all("disconnect")).toHaveLength(1);
  });

  it("is called at the end of an `await using` block", async () => {
    const device = createDevice();
    {
      await using client = device.client;
      await client.connect();
    }
    expect(device.client.connected).toBe(false);
    expect(await failure(device.client.connect())).toMatchObject({ code: "shut_down" });
  });

  const operations: Record<string, (client: IoTHubDeviceClient) => unknown> = {
    connect: (client) => client.connect(),
    disconnect: (client) => client.disconnect(),
    sendMessage: (client) => client.sendMessage("x"),
    getTwin: (client) => client.getTwin(),
    patchTwinReportedProperties: (client) => client.patchTwinReportedProperties({ a: 1 }),
    sendMethodResponse: (client) => client.sendMethodResponse(new MethodResponse("1", 200)),
    handleMethod: (client) => client.handleMethod("m", () => ({})),
    on: (client) => client.on("message", () => {}),
    onMessageReceived: (client) => {
      client.onMessageReceived = () => {};
    },
    onConnectionStateChange: (client) => {
      client.onConnectionStateChange = () => {};
    },
    messages: (client) => client.messages(),
    methodRequests: (client) => client.methodRequests(),
    twinDesiredPropertiesPatches: (client) => client.twinDesiredPropertiesPatches(),
  };
  for (const [name, operation] of Object.entries(operations)) {
    it(`makes ${name} throw ClientError shut_down, without connecting`, async () => {
      const device = createDevice();
      await device.client.shutdown();
      const error = await failure((async () => operation(device.client))());
      expect(error).toBeInstanceOf(ClientError);
      expect(error).toMatchObject({ code: "shut_down", message: "The client has already been shut down" });
      await device.rest();
      expect(device.runtime.dialled).toEqual([]);
    });
  }

  it("ends iterations", async () => {
    const device = await createDevice({ ensureDesiredProperties: false }).connected();
    const loops = [
      device.client.messages(),
      device.client.methodRequests(),
      device.client.twinDesiredPropertiesPatches(),
    ];
    const ends = loops.map((loop) => loop.next());
    await device.rest();
    await device.client.shutdown();
    for (const end of ends) expect(await end).toEqual({ value: undefined, done: true });
    expect(await device.client.connectionStates().next()).toEqual({ value: undefined, done: true });
  });

  it("ends an iteration that was created before and starts afterwards, without connecting", async () => {
    const device = createDevice();
    const messages = device.client.messages();
    await device.client.shutdown();
    expect(await messages.next()).toEqual({ value: undefined, done: true });
    await device.rest();
    expect(device.runtime.dialled).toEqual([]);
  });
});

describe("autoConnect", () => {
  it("connects for every operation", async () => {
    for (const operate of [
      (client: IoTHubDeviceClient) => client.sendMessage("x"),
      (client: IoTHubDeviceClient) => client.getTwin(),
      (client: IoTHubDeviceClient) => client.patchTwinReportedProperties({ a: 1 }),
      (client: IoTHubDeviceClient) => client.sendMethodResponse(new MethodResponse("1", 200)),
    ]) {
      const device = createDevice();
      await operate(device.client);
      expect(device.runtime.dialled).toHaveLength(1);
    }
  });

  it("connects for a handler, and once for several handlers", async () => {
    const device = createDevice();
    device.client.onMessageReceived = () => {};
    device.client.onTwinDesiredPropertiesPatchReceived = () => {};
    await until(() => device.client.connected);
    expect(device.runtime.dialled).toHaveLength(1);
  });

  it("rejects an operation with the error of its connection attempt", async () => {
    const device = createDevice();
    refuse(device, 5);
    const failures = await Promise.all([
      failure(device.client.sendMessage("x")),
      failure(device.client.getTwin()),
      failure(device.client.patchTwinReportedProperties({ a: 1 })),
    ]);
    for (const error of failures)
      expect(error).toMatchObject({ name: "CredentialError", code: "not_authorized" });
    expect(device.runtime.dialled).toHaveLength(1);
    expect(device.background).toEqual([]);
  });

  it("reports a connection for a handler that is lost before it is subscribed", async () => {
    const device = createDevice();
    device.hub.intercept = (packet, peer) => {
      if (packet.type === "subscribe") peer.close();
      return packet.type === "subscribe";
    };
    device.client.onMessageReceived = () => {};
    await until(() => device.background.length > 0, "the failure");
    await device.rest();
    expect(device.background).toMatchObject([{ code: "connection_dropped" }]);
    expect(device.client.state).toMatchObject({ status: "waiting" });
  });

  it("reports a failed connection for a handler in the background, once", async () => {
    const device = createDevice();
    refuse(device, 5);
    device.client.onMessageReceived = () => {};
    await until(() => device.background.length > 0);
    await device.pass(600_000, 60_000);
    expect(device.background).toMatchObject([{ name: "CredentialError", code: "not_authorized" }]);
    expect(device.runtime.dialled).toHaveLength(1);
  });

  it("false: operations reject with NoConnectionError not_connected, without dialing", async () => {
    const device = createDevice({ autoConnect: false });
    for (const operation of [
      device.client.sendMessage("x"),
      device.client.getTwin(),
      device.client.patchTwinReportedProperties({ a: 1 }),
      device.client.sendMethodResponse(new MethodResponse("1", 200)),
    ]) {
      const error = await failure(operation);
      expect(error).toBeInstanceOf(NoConnectionError);
      expect(error).toMatchObject({
        code: "not_connected",
        message: expect.stringContaining("autoConnect is off"),
        remediation: expect.stringContaining("connect()"),
      });
    }
    device.client.onMessageReceived = () => {};
    await device.rest();
    expect(device.runtime.dialled).toEqual([]);
    expect(device.clock.timers).toBe(0);
    await device.client.connect();
    await device.client.sendMessage("x");
    expect(device.hub.filtersOf("d1")).toEqual(["devices/d1/messages/devicebound/#"]);
  });

  it("false: doesn't keep a rejected message for a later connection", async () => {
    const device = createDevice({ autoConnect: false });
    await failure(device.client.sendMessage("x"));
    await device.client.connect();
    await device.rest();
    expect(device.hub.telemetry).toEqual([]);
  });

  it("false: operations wait while the client reconnects", async () => {
    const device = await createDevice({ autoConnect: false }).connected();
    device.peer.close();
    await until(() => device.client.state.status === "waiting");
    const sent = device.client.sendMessage("x");
    await device.clock.advance(1000);
    await device.reconnected(2);
    await sent;
  });
});

describe("a lost connection", () => {
  it("is replaced: states have the reason and the time of the next attempt, and the loss is reported", async () => {
    const device = await createDevice().connected();
    device.peer.close();
    expect(device.client.state).toMatchObject({
      status: "waiting",
      attempt: 1,
      nextRetryAt: new Date(device.clock.now() + 1000),
      reason: { name: "ConnectionDroppedError", code: "connection_dropped" },
    });
    expect(device.background).toMatchObject([{ code: "connection_dropped" }]);
    expect(device.background[0]).toBeInstanceOf(ConnectionDroppedError);
    await device.clock.advance(999);
    expect(device.runtime.dialled).toHaveLength(1);
    await device.clock.advance(1);
    await device.reconnected(2);
    expect(device.states).toEqual(["connecting", "connected", "waiting", "connecting", "connected"]);
    expect(device.client.state).toMatchObject({ status: "connected", reason: undefined, attempt: 0 });
    expect(device.background).toHaveLength(1);
  });

  it("is retried indefinitely, and each failure is reported", async () => {
    const device = await createDevice().connected();
    device.runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no route"));
    device.peer.close();
    await device.pass(10_500, 500);
    expect(device.runtime.dialled.length).toBe(11);
    expect(device.background.slice(1).every((error) => error instanceof ConnectionFailedError)).toBe(true);
    expect(device.client.state).toMatchObject({ status: "waiting", attempt: 11 });
    device.runtime.onDial = undefined;
    await device.clock.advance(1000);
    await device.reconnected(2);
  });

  it("isn't retried once the hub refuses: the reason remains, and operations reject with it", async () => {
    const device = await createDevice().connected();
    refuse(device, 5);
    device.peer.close();
    const sent = failure(device.client.sendMessage("x"));
    await device.clock.advance(1000);
    await until(() => device.client.state.status === "disconnected");
    expect(await sent).toMatchObject({ name: "CredentialError" });
    expect(device.background).toMatchObject([{ code: "connection_dropped" }, { code: "not_authorized" }]);
    await device.pass(600_000, 60_000);
    expect(device.runtime.dialled).toHaveLength(2);
    expect(device.client.state.reason).toBeInstanceOf(CredentialError);
  });

  it("isn't replaced if connectionRetry is false, and operations that wait reject with the reason", async () => {
    const device = await createDevice({ connectionRetry: false }).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sent = failure(device.client.sendMessage("x"));
    const twin = failure(device.client.getTwin());
    await until(() => device.peer.all("publish").length === 2);
    device.peer.close();
    expect(await sent).toMatchObject({ code: "connection_dropped" });
    expect(await twin).toMatchObject({ code: "connection_dropped" });
    expect(device.states).toEqual(["connecting", "connected", "disconnected"]);
    await device.pass(600_000, 60_000);
    expect(device.runtime.dialled).toHaveLength(1);
    expect(device.clock.timers).toBe(0);
  });

  it("is replaced at once if connect() is called during the wait", async () => {
    const device = await createDevice({ connectionRetryInterval: 600 }).connected();
    device.peer.close();
    await device.client.connect();
    expect(device.runtime.peers).toHaveLength(2);
    await device.pass(600_000, 60_000);
    expect(device.runtime.dialled).toHaveLength(2);
  });

  it("is retried further after a failed connect(), which rejects", async () => {
    const device = await createDevice().connected();
    device.peer.close();
    device.runtime.onDial = () => Promise.reject(new ConnectionFailedError("connect_failed", "no route"));
    expect(await failure(device.client.connect())).toMatchObject({ code: "connect_failed" });
    expect(device.client.state.status).toBe("waiting");
    device.runtime.onDial = undefined;
    await device.clock.advance(1000);
    await device.reconnected(2);
  });

  it("may be answered by a background handler with shutdown(), which leaves nothing behind", async () => {
    const device = await createDevice().connected();
    let over: Promise<void> | undefined;
    device.client.onBackgroundException = () => {
      over = device.client.shutdown();
    };
    device.peer.close();
    await over;
    expect(device.clock.timers).toBe(0);
    await device.end();
    expect(device.runtime.dialled).toHaveLength(1);
  });

  it("may be answered by a background handler with connect(), instead of connectionRetry", async () => {
    const device = await createDevice({ connectionRetry: false }).connected();
    let again: Promise<unknown> | undefined;
    device.client.onBackgroundException = () => {
      again = device.client.connect().then(() => "connected");
    };
    device.peer.close();
    expect(await again).toBe("connected");
    expect(device.client.connected).toBe(true);
  });

  it("may be answered by a state handler with disconnect() or connect()", async () => {
    const device = createDevice();
    let rounds = 0;
    device.client.onConnectionStateChange = ({ status }) => {
      if (status === "connected" && ++rounds < 3) device.client.disconnect();
      if (status === "disconnected" && rounds < 3) device.client.connect();
    };
    await failure(device.client.connect());
    await until(() => rounds === 3 && device.client.connected);
    expect(device.runtime.dialled).toHaveLength(3);
    expect(device.background).toEqual([]);
  });

  it("can be abandoned by a state handler, and the next message connects again", async () => {
    const device = createDevice();
    let first = true;
    device.client.onConnectionStateChange = ({ status }) => {
      if (status === "connected" && first) {
        first = false;
        device.client.disconnect();
      }
    };
    await failure(device.client.connect());
    await until(() => device.client.state.status === "disconnected");
    await device.client.sendMessage("x");
    expect(device.hub.telemetry).toMatchObject([{ dup: false }]);
    expect(device.runtime.dialled).toHaveLength(2);
  });

  it("is retried on time even if the clock is set back by a day", async () => {
    const device = await createDevice().connected();
    device.peer.close();
    device.clock.jump(-86_400_000);
    await device.clock.advance(1000);
    await device.reconnected(2);
  });
});

describe("secrets", () => {
  /** Whether a string contains eight consecutive characters of a secret. */
  function shows(text: string, secret: string): boolean {
    for (let at = 0; at + 8 <= secret.length; at++) if (text.includes(secret.slice(at, at + 8))) return true;
    return false;
  }

  it("are in no error, state or log entry of a client: keys, tokens and message bodies", async () => {
    const logged: unknown[] = [];
    const device = await createDevice({ logger: { log: (...entry) => logged.push(entry) } }).connected();
    const states: unknown[] = [device.client.state];
    device.client.on("connectionStateChange", (state) => states.push(state));
    await device.client.sendMessage("a confidential body");
    device.peer.close();
    refuse(device, 5);
    await device.clock.advance(1000);
    await until(() => device.client.state.status === "disconnected");
    const error = await failure(device.client.connect());
    const all = [logged, states, device.background, error]
      .map((one) => inspect(one, { depth: Number.POSITIVE_INFINITY, showHidden: true }) + JSON.stringify(one))
      .join("\n");
    expect(logged.length).toBeGreaterThan(3);
    const { signature } = parseSasToken(device.peer.all("connect")[0]?.password);
    for (const secret of [
      "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
      signature,
      encodeURIComponent(signature),
      "confidential body",
    ]) {
      expect(shows(all, secret)).toBe(false);
    }
  });

  it("a logger that throws is ignored", async () => {
    const device = createDevice({
      logger: {
        log: () => {
          throw new Error("full disk");
        },
      },
    });
    await device.client.connect();
    await device.client.sendMessage("x");
    expect(device.background).toEqual([]);
  });
});

describe("two clients with one device id", () => {
  it("evict each other: taken_over is reported with a remediation, and they reconnect rarely", async () => {
    const byDefault = { connectionRetryInterval: undefined };
    const one = await createDevice(byDefault).connected();
    const other = await createDevice(byDefault, one.runtime).connected();
    await until(() => one.client.state.status === "waiting");
    await one.pass(300_000, 1000);
    const takenOver = [...one.background, ...other.background].filter(
      (error) => Reflect.get(error, "code") === "taken_over",
    );
    expect(takenOver.length).toBeGreaterThan(0);
    expect(takenOver[0]).toMatchObject({
      name: "ConnectionDroppedError",
      remediation: expect.stringContaining("second client with the same device id"),
    });
    // With one attempt per second there would be 300.
    expect(one.runtime.dialled.length).toBeLessThan(40);
    expect(one.runtime.open.length).toBeLessThanOrEqual(1);
  });

  it("keep an interval that the application has set", async () => {
    const one = await createDevice({ connectionRetryInterval: 7 }).connected();
    const other = await createDevice({ connectionRetryInterval: 5 }, one.runtime).connected();
    await until(() => one.client.state.status === "waiting");
    const waits = new Set<number>();
    for (const { client } of [one, other])
      client.onConnectionStateChange = ({ status, since, nextRetryAt }) => {
        if (status === "waiting") waits.add(Number(nextRetryAt) - Number(since));
      };
    await one.pass(60_000, 1000);
    expect([...one.background, ...other.background]).toContainEqual(
      expect.objectContaining({ code: "taken_over" }),
    );
    expect([...waits].every((ms) => ms === 5000 || ms === 7000)).toBe(true);
  });
});

describe("state", () => {
  it("is one frozen object until it changes", async () => {
    const device = createDevice();
    const { client } = device;
    const seen = new Set<unknown>([client.state]);
    client.on("connectionStateChange", (state) => {
      expect(client.state).toBe(state);
      seen.add(state);
    });
    expect(client.state).toBe(client.state);
    await client.connect();
    await client.connect();
    const connected = client.state;
    expect(Object.isFrozen(connected)).toBe(true);
    await client.sendMessage("x");
    await device.rest();
    expect(client.state).toBe(connected);
    await client.disconnect();
    expect([...seen].map((state) => (state as typeof connected).status)).toEqual([
      "disconnected",
      "connecting",
      "connected",
      "disconnecting",
      "disconnected",
    ]);
  });
});

describe("an object of the SDK in Vue's reactive()", () => {
  it("has its own tag, so that Vue doesn't wrap it in a proxy", () => {
    // Vue makes these reactive, judged as here: https://github.com/vuejs/core/blob/main/packages/reactivity/src/reactive.ts
    const reactive = ["Object", "Array", "Map", "Set", "WeakMap", "WeakSet"];
    const tagOf = (value: unknown): string => Object.prototype.toString.call(value).slice(8, -1);
    expect(tagOf(new Message("x"))).toBe("Message");
    expect(reactive).not.toContain(tagOf(createDevice().client));
  });
});
