// The faults that a client recovers from by itself, with an MQTT engine and an in-memory hub.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { ConnectionFailedError } from "../errors.ts";
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
  for (const [what, bytes, message] of [
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
    it(`${what}, reports it, keeps its messages and tries again`, async () => {
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
