// The faults that a client recovers from by itself, with an MQTT engine and an in-memory hub.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import { ConnectionFailedError } from "../errors.ts";
import { Message } from "../messages/message.ts";
import type { MemoryDevice } from "../testing/memory-device.ts";
import { until } from "../testing/until.ts";
import { utf8 } from "../util/text.ts";

const createDevice = memoryDevices();

/** Loses the connection, and answers the next CONNECT with these bytes, in these pieces. */
async function answerConnect(
  device: MemoryDevice,
  pieces: readonly Uint8Array[],
  close: boolean,
): Promise<void> {
  let answered = false;
  device.hub.intercept = ({ type }, peer) => {
    if (type !== "connect" || answered) return false;
    answered = true;
    for (const piece of pieces) peer.sendBytes(piece);
    if (close) setTimeout(() => peer.close());
    return true;
  };
  device.peer.close(new Error("read ECONNRESET"));
  await device.clock.advance(1000);
  await until(() => answered);
  await device.rest();
}

describe("a client that reconnects, and gets something else than CONNACK,", () => {
  for (const [problem, bytes, message] of [
    ["an HTTP answer", utf8("HTTP/1.1 503 Service Unavailable\r\n\r\n"), /sent an HTTP answer, 503, instead/],
    ["an HTTP/1.0 answer", utf8("HTTP/1.0 400 Bad Request\r\n\r\n"), /sent an HTTP answer, 400, instead/],
    [
      "the greeting of SSH",
      utf8("SSH-2.0-OpenSSH_9.6\r\n"),
      /sent bytes that aren't MQTT instead of CONNACK/,
    ],
    ["a TLS alert", Uint8Array.of(0x15, 3, 3, 0, 2, 2, 40), /sent bytes that aren't MQTT instead of CONNACK/],
    ["a return code that doesn't exist", Uint8Array.of(0x20, 2, 0, 9), /sent bytes that aren't MQTT/],
    ["zeros", new Uint8Array(64), /sent bytes that aren't MQTT instead of CONNACK/],
  ] as const)
    it(`${problem}, reports it, keeps its messages and tries again`, async () => {
      const device = await createDevice().connected();
      device.peer.freeze();
      const sent = device.client.sendMessage("kept");
      await answerConnect(device, [bytes], false);
      expect(device.client.state).toMatchObject({
        status: "waiting",
        reason: { code: "protocol_error", retryable: true, message: expect.stringMatching(message) },
      });
      expect(device.background.at(-1)).toBe(device.client.state.reason);
      await device.clock.advance(1000);
      await device.reconnected(3);
      await sent;
      expect(device.hub.telemetry).toHaveLength(1);
    });

  it("half of a CONNACK and the end, tries again", async () => {
    const device = await createDevice().connected();
    await answerConnect(device, [Uint8Array.of(0x20, 2)], true);
    await until(() => device.client.state.status === "waiting");
    expect(device.client.state.reason).toMatchObject({ code: "connect_failed" });
    await device.clock.advance(1000);
    await device.reconnected(3);
  });

  for (const code of [1, 2, 4, 5])
    it(`return code ${code}, ends: a retry cannot help`, async () => {
      const device = await createDevice().connected();
      await answerConnect(device, [Uint8Array.of(0x20, 2, 0, code)], false);
      expect(device.client.state).toMatchObject({ status: "disconnected", reason: { retryable: false } });
    });
});

describe("a client that reconnects, and whose", () => {
  for (const code of ["tls_failed", "websocket_refused", "connect_failed", "proxy_failed"] as const)
    it(`runtime fails with ${code}, has it as the reason and tries again`, async () => {
      const device = await createDevice().connected();
      const error = new ConnectionFailedError(code, "for a moment");
      device.runtime.onDial = () => Promise.reject(error);
      device.peer.close(new Error("read ECONNRESET"));
      for (let attempt = 1; attempt <= 20; attempt++) {
        await device.clock.advance(1000);
        await device.rest();
        expect(device.client.state).toMatchObject({ status: "waiting", reason: error });
      }
      device.runtime.onDial = undefined;
      await device.clock.advance(1000);
      await device.reconnected(2);
    });
});

describe("a client that reconnects over a dead network", () => {
  const holdConnects = (device: MemoryDevice, times: number): void => {
    let held = 0;
    device.hub.intercept = ({ type }) => type === "connect" && held++ < times;
  };

  it("gives up an attempt without CONNACK after 10 s, and a message outlives it", async () => {
    const device = await createDevice().connected();
    holdConnects(device, 1);
    device.peer.close(new Error("read ECONNRESET"));
    const sent = device.client.sendMessage("x");
    await device.pass(10_999);
    expect(device.client.state.status).toBe("connecting");
    await device.pass(1);
    expect(device.client.state).toMatchObject({
      status: "waiting",
      reason: {
        code: "operation_timeout",
        message:
          "Connecting to hub.example:8883 did not finish within 10000 ms: there was a connection but no CONNACK",
      },
    });
    await device.pass(1000);
    await sent;
  });

  it("gives up an attempt without a connection after 10 s, and each later one after a fifth more", async () => {
    const device = await createDevice().connected();
    device.runtime.onDial = () => new Promise(() => {});
    device.peer.close(new Error("read ECONNRESET"));
    for (const [failures, ms] of [
      [2, 10_000],
      [3, 12_000],
      [4, 14_400],
    ] as const) {
      await device.pass(1000 + ms - 1);
      expect(device.client.state).toMatchObject({ status: "connecting", attempt: failures - 1 });
      await device.pass(1);
      expect(device.client.state).toMatchObject({ status: "waiting", attempt: failures });
      expect(device.client.state.reason?.message).toMatch(/within \d+ ms: there was no memory connection$/);
    }
    device.runtime.onDial = undefined;
    await device.pass(1000);
    await device.reconnected(2);
  });

  it("gives up an attempt after 10 s, however often connections were lost before", async () => {
    const device = await createDevice({ connectionRetryInterval: 1 }).connected();
    for (let connection = 2; connection <= 15; connection++) {
      device.peer.close(new Error("read ECONNRESET"));
      await device.pass(1000);
      await device.reconnected(connection);
    }
    holdConnects(device, 1);
    device.peer.close(new Error("read ECONNRESET"));
    await device.pass(1000 + 10_000);
    expect(device.client.state).toMatchObject({ status: "waiting", reason: { code: "operation_timeout" } });
    await device.pass(1000);
    await device.reconnected(17);
  });

  it("begins the limit anew with each step", async () => {
    const device = await createDevice({ connectStepTimeoutMs: 5000 }).connected();
    device.runtime.onDial = () => new Promise((resolve) => void device.clock.setTimer(resolve, 4000));
    let hold: (() => void) | undefined;
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "connect" || hold !== undefined) return false;
      hold = () => device.hub.onPacket(packet, peer);
      return true;
    };
    device.peer.close(new Error("read ECONNRESET"));
    await device.pass(5000);
    await until(() => hold !== undefined);
    await device.pass(4000);
    expect(device.client.state.status).toBe("connecting");
    hold?.();
    await device.reconnected(2);
  });

  it("doesn't limit the steps of a first attempt, which isn't repeated", async () => {
    const device = createDevice();
    holdConnects(device, 1);
    const connecting = failure(device.client.connect());
    await device.pass(59_999);
    expect(device.client.state.status).toBe("connecting");
    await device.pass(1);
    expect(await connecting).toMatchObject({ code: "operation_timeout" });
    expect(device.client.state.status).toBe("disconnected");
  });
});

describe("a connection that is lost between CONNACK and SUBACK", () => {
  it("has been made: a device with handlers only connects again", async () => {
    const device = createDevice();
    let lost = false;
    device.hub.intercept = ({ type }, peer) => {
      if (type !== "subscribe" || lost) return false;
      lost = true;
      peer.close();
      return true;
    };
    device.client.onMessageReceived = () => {};
    await until(() => device.client.state.status === "waiting");
    expect(device.background).toMatchObject([{ code: "connection_dropped" }]);
    await device.pass(1000);
    await device.reconnected(2);
    expect(device.hub.filtersOf("d1")).toHaveLength(1);
  });

  it("rejects connect(), and the client keeps trying", async () => {
    const device = createDevice();
    device.hub.intercept = ({ type }) => type === "subscribe";
    device.client.onMessageReceived = () => {};
    const connecting = failure(device.client.connect());
    await until(() => device.runtime.peers[0]?.all("subscribe").length === 1);
    await device.pass(10_000);
    expect(await connecting).toMatchObject({ message: "The hub sent no SUBACK within 10000 ms" });
    device.hub.intercept = () => false;
    await device.pass(1000);
    await device.reconnected(2);
  });

  it("stays lost without connectionRetry", async () => {
    const device = createDevice({ connectionRetry: false });
    device.hub.intercept = ({ type }, peer) => {
      if (type === "subscribe") peer.close();
      return type === "subscribe";
    };
    device.client.onMessageReceived = () => {};
    await until(() => device.background.length > 0);
    expect(device.client.state).toMatchObject({ status: "disconnected" });
  });
});

describe("a client with firstConnectionRetry", () => {
  const offline = new ConnectionFailedError("connect_failed", "no network yet");

  it("waits in connect() until there is a connection, and reports each failure", async () => {
    const device = createDevice({ firstConnectionRetry: true });
    device.runtime.onDial = () => Promise.reject(offline);
    const connecting = device.client.connect();
    const sent = device.client.sendMessage("x");
    await device.pass(30_000);
    expect(device.client.state).toMatchObject({ status: "waiting", reason: offline });
    expect(device.background.length).toBe(device.client.state.attempt);
    expect(device.background.length).toBeGreaterThan(25);
    device.runtime.onDial = undefined;
    await device.pass(1000);
    await connecting;
    await sent;
  });

  it("does so for handlers, too, with a limit for each step", async () => {
    const device = createDevice({ firstConnectionRetry: true });
    device.runtime.onDial = () => new Promise(() => {});
    device.client.onMessageReceived = () => {};
    await device.pass(10_000);
    expect(device.client.state).toMatchObject({ status: "waiting", reason: { code: "operation_timeout" } });
    expect(device.background).toHaveLength(1);
    device.runtime.onDial = undefined;
    await device.pass(1000);
    await device.reconnected(1);
  });

  it("still ends if the hub refuses it, and rejects connect()", async () => {
    const device = createDevice({ firstConnectionRetry: true });
    device.hub.intercept = (_packet, peer) => {
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
    expect(await failure(device.client.connect())).toMatchObject({ code: "not_authorized" });
    expect(device.client.state.status).toBe("disconnected");
    expect(device.runtime.dialled).toHaveLength(1);
  });

  it("rejects connect() when the application disconnects, and its operations after their time-outs", async () => {
    const device = createDevice({ firstConnectionRetry: true });
    device.runtime.onDial = () => Promise.reject(offline);
    const connecting = failure(device.client.connect());
    const sending = failure(device.client.sendMessage("x", { timeoutMs: 5000 }));
    await device.pass(5000);
    expect(await sending).toMatchObject({ code: "operation_timeout" });
    await device.client.disconnect();
    expect(await connecting).toMatchObject({ code: "operation_cancelled" });
  });
});

describe("a hub that closes one connection after the other", () => {
  /** Connects three times, and closes each connection. @returns the reason for the last one */
  async function closedThreeTimes(
    device: MemoryDevice,
    close: (device: MemoryDevice) => Promise<void> | void,
  ): Promise<unknown> {
    for (let count = 1; ; count++) {
      await device.reconnected(count);
      await close(device);
      await device.rest();
      expect(device.client.state.status).toBe("waiting");
      if (count === 3) return device.client.state.reason;
      await device.pass(1000);
    }
  }

  it("without messages, is taken for a second client", async () => {
    const device = await createDevice().connected();
    const reason = await closedThreeTimes(device, ({ peer }) => peer.close());
    expect(reason).toMatchObject({ code: "taken_over" });
  });

  it("after messages that it acknowledges, is taken for a second client", async () => {
    const device = await createDevice().connected();
    const reason = await closedThreeTimes(device, async ({ peer, client }) => {
      await client.sendMessage("x");
      peer.close();
    });
    expect(reason).toMatchObject({ code: "taken_over" });
  });

  it.each([
    [
      "and has acknowledged earlier ones, throttles the device: it isn't a second client",
      true,
      "throttled",
      "The hub closed 3 connections in a row after messages to 'devices/d1/messages/events/', and acknowledged earlier ones",
      "Check the hub's quota, and send less often",
    ],
    [
      "and has never acknowledged one, refuses their topic",
      false,
      "topic_refused",
      "The hub closed 3 connections in a row after messages to 'devices/d1/messages/events/', and has acknowledged none",
      "Check that this server accepts the topic, then check the hub's quota",
    ],
  ])("after messages that it doesn't acknowledge, %s", async (_, before, code, message, remediation) => {
    const device = await createDevice({ connectionRetryInterval: undefined }).connected();
    if (before) await device.client.sendMessage("x");
    device.hub.intercept = ({ type }, peer) => {
      if (type === "publish") peer.close();
      return type === "publish";
    };
    const sent = device.client.sendMessage(new Message("x", { customProperties: { secret: "1" } }));
    // The first connection acknowledged a message, so it doesn't count.
    while (device.background.length < (before ? 4 : 3)) await device.pass(1000);
    const { reason, nextRetryAt, since } = device.client.state;
    expect(reason).toMatchObject({ code, message, remediation });
    // The usual delay, not that after a takeover.
    expect(Number(nextRetryAt) - Number(since)).toBeLessThan(2000);
    device.hub.intercept = () => false;
    await device.pass(2000);
    await sent;
  });

  it("by resets, is neither", async () => {
    const device = await createDevice().connected();
    const reason = await closedThreeTimes(device, ({ peer }) => peer.close(new Error("read ECONNRESET")));
    expect(reason).toMatchObject({
      code: "connection_dropped",
      message: "The connection broke: read ECONNRESET",
    });
  });
});
