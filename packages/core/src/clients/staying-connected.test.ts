// Keep-alive and token renewal of a client over an MQTT engine and a hub in memory.
import { afterEach, describe, expect, it } from "vitest";
import { engineOfThisRun } from "../../test/engines.ts";
import { parseSasToken } from "../auth/sas-token.ts";
import { CredentialError } from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { MemoryDevice } from "../testing/memory-device.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import { until } from "../testing/until.ts";
import { fromUtf8 } from "../util/text.ts";

const engine = engineOfThisRun();

const devices: MemoryDevice[] = [];
function make(options?: ClientOptions): MemoryDevice {
  const device = new MemoryDevice(engine, options);
  devices.push(device);
  return device;
}

afterEach(async () => {
  for (const device of devices.splice(0)) await device.end();
});

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => new Error("it did not fail"),
    (error: unknown) => error,
  );

/** The end of the token a connection was made with. */
const expiryOf = (peer: MemoryPeer): number => parseSasToken(peer.all("connect")[0]?.password).expiry;

/** For what takes long: nothing times out and no ping is missed. */
const patient: ClientOptions = {
  operationTimeoutMs: 100_000_000,
  keepAlive: 1740,
  pingTimeoutMs: 100_000_000,
};

describe("keep-alive", () => {
  it("pings when the connection has been silent for the keep-alive, and the connection lives on for hours", async () => {
    const device = await make({ keepAlive: 60, sastokenTtl: 86_400 }).connected();
    expect(device.peer.all("connect")[0]?.keepAlive).toBe(60);
    await device.clock.advance(59_999);
    await device.rest();
    expect(device.peer.all("pingreq")).toHaveLength(0);
    await device.clock.advance(1);
    await device.rest();
    expect(device.peer.all("pingreq")).toHaveLength(1);
    await device.pass(3_600_000 * 3 - 60_000, 600_000);
    expect(device.peer.all("pingreq")).toHaveLength(180);
    expect(device.runtime.peers).toHaveLength(1);
    expect(device.background).toEqual([]);
  });

  it("does not ping a connection that is in use", async () => {
    const device = await make({ keepAlive: 60 }).connected();
    for (let minute = 0; minute < 10; minute++) {
      await device.pass(50_000, 50_000);
      await device.client.sendMessage("x");
    }
    expect(device.peer.all("pingreq")).toEqual([]);
  });

  it("a silently dead connection is detected within keepAlive and pingTimeoutMs, and the client reconnects", async () => {
    const device = await make({ keepAlive: 60, pingTimeoutMs: 5000 }).connected();
    device.peer.freeze();
    await device.clock.advance(64_999);
    expect(device.client.connected).toBe(true);
    await device.clock.advance(1);
    expect(device.client.state).toMatchObject({
      status: "waiting",
      reason: { name: "ConnectionDroppedError", code: "keep_alive_timeout" },
    });
    expect(device.peer.closed).toBe("abort");
    await device.clock.advance(1000);
    await device.reconnected(2);
  });

  it("with a message in flight it is noticed within twice pingTimeoutMs, and the message is sent again", async () => {
    const device = await make({ keepAlive: 1740, pingTimeoutMs: 5000 }).connected();
    device.peer.freeze();
    const sent = device.client.sendMessage("x");
    await device.clock.advance(9999);
    expect(device.client.connected).toBe(true);
    await device.clock.advance(1);
    expect(device.client.state).toMatchObject({ reason: { code: "keep_alive_timeout" } });
    await device.clock.advance(1000);
    await sent;
    expect(device.peer.all("publish")).toMatchObject([{ dup: true }]);
  });

  it("a hub that answers pings but no message is left alone: the message times out", async () => {
    const device = await make({ pingTimeoutMs: 5000 }).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sending = failure(device.client.sendMessage("x"));
    await device.rest();
    await device.pass(60_000, 5000);
    expect(await sending).toMatchObject({ code: "operation_timeout" });
    expect(device.runtime.peers).toHaveLength(1);
    expect(device.peer.all("pingreq").length).toBeGreaterThan(5);
  });

  it("a SUBACK missing for 10 s ends the connection, and the next connection subscribes again", async () => {
    const device = await make().connected();
    device.hub.intercept = ({ type }) => type === "subscribe";
    device.client.onMessageReceived = () => {};
    await until(() => device.peer.all("subscribe").length === 1);
    device.hub.intercept = () => false;
    await device.clock.advance(10_000);
    expect(device.client.state.reason).toMatchObject({
      code: "connection_dropped",
      message: "The hub sent no SUBACK within 10000 ms",
    });
    await device.clock.advance(1000);
    await device.reconnected(2);
    expect(device.hub.filtersOf("d1")).toEqual(["devices/d1/messages/devicebound/#"]);
  });
});

describe("token renewal", () => {
  it("reconnects 120 s before the end with a fresh token, in order, unreported, and again an hour later", async () => {
    const device = await make({ sastokenTtl: 3600, keepAlive: 1740 }).connected();
    const start = device.clock.now();
    await device.clock.advance(3_479_999);
    await device.rest();
    expect(device.runtime.peers).toHaveLength(1);
    await device.clock.advance(1);
    const second = await device.reconnected(2);
    expect(expiryOf(second)).toBe(start / 1000 + 3480 + 3600);
    expect(device.runtime.peers[0]?.all("disconnect")).toHaveLength(1);
    expect(device.states).toEqual(["connecting", "connected", "disconnecting", "connecting", "connected"]);
    expect(device.background).toEqual([]);
    await device.clock.advance(3_480_000);
    expect(expiryOf(await device.reconnected(3))).toBe(start / 1000 + 2 * 3480 + 3600);
  });

  it("waits for what is in flight, holds back what is new, and loses neither", async () => {
    const device = await make(patient).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const inFlight = ["a", "b"].map((text) => device.client.sendMessage(text));
    await until(() => device.peer.all("publish").length === 2);
    device.hub.intercept = () => false;
    await device.clock.advance(3_480_000);
    expect(device.client.state.status).toBe("disconnecting");
    const during = device.client.sendMessage("c");
    const first = device.peer;
    expect(first.closed).toBeUndefined();
    for (const packetId of [1, 2]) first.send({ type: "puback", packetId });
    await Promise.all(inFlight);
    await during;
    expect(device.runtime.peers).toHaveLength(2);
    expect(first.all("publish")).toHaveLength(2);
    expect(device.peer.all("publish").map(({ payload, dup }) => [fromUtf8(payload), dup])).toEqual([
      ["c", false],
    ]);
  });

  it("does not wait for more than 5 s; what is in flight then is sent again with DUP", async () => {
    const device = await make(patient).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sent = device.client.sendMessage("x");
    await until(() => device.peer.all("publish").length === 1);
    await device.clock.advance(3_480_000);
    await device.clock.advance(4999);
    await device.rest();
    expect(device.peer.closed).toBeUndefined();
    device.hub.intercept = () => false;
    await device.clock.advance(1);
    await sent;
    expect(device.runtime.peers).toHaveLength(2);
    expect(device.peer.all("publish")).toMatchObject([{ packetId: 1, dup: true }]);
  });

  it("waits for the answers to twin requests too, and a twin request made meanwhile goes over the next connection", async () => {
    const device = await make({ keepAlive: 1740 }).connected();
    await device.client.getTwin();
    let hold: (() => void) | undefined;
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "publish" || hold !== undefined) return false;
      hold = () => device.hub.onPacket(packet, peer);
      return true;
    };
    await device.clock.advance(3_479_000);
    const before = device.client.getTwin();
    await until(() => hold !== undefined);
    await device.clock.advance(1000);
    expect(device.client.state.status).toBe("disconnecting");
    const during = device.client.getTwin();
    await device.rest();
    hold?.();
    expect(await before).toHaveProperty("desired");
    expect(await during).toHaveProperty("desired");
    expect(device.runtime.peers).toHaveLength(2);
  });

  it("disconnect() and shutdown() during a renewal do not wait for what they have just failed", async () => {
    for (const end of ["disconnect", "shutdown"] as const) {
      const device = await make(patient).connected();
      device.hub.intercept = ({ type }) => type === "publish";
      const sent = failure(device.client.sendMessage("x"));
      const twin = failure(device.client.getTwin());
      await until(() => device.peer.all("publish").length === 2);
      await device.clock.advance(3_480_000);
      expect(device.client.state.status).toBe("disconnecting");
      let over = false;
      const ending = device.client[end]().then(() => {
        over = true;
      });
      await device.rest();
      expect(over).toBe(true);
      await ending;
      expect(await sent).toMatchObject({ code: "operation_cancelled" });
      expect(await twin).toMatchObject({ code: "operation_cancelled" });
      expect(device.runtime.peers).toHaveLength(1);
    }
  });

  it("a connection lost during a renewal is replaced at once", async () => {
    const device = await make(patient).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sent = device.client.sendMessage("x");
    await until(() => device.peer.all("publish").length === 1);
    await device.clock.advance(3_480_000);
    device.hub.intercept = () => false;
    device.peer.close();
    await device.reconnected(2);
    await sent;
    await device.pass(10_000);
    expect(device.runtime.peers).toHaveLength(2);
    expect(device.client.connected).toBe(true);
  });

  it("that the hub refuses is reported and given up", async () => {
    const device = await make({ keepAlive: 1740 }).connected();
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "connect") return false;
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      return true;
    };
    await device.clock.advance(3_480_000);
    await until(() => device.client.state.status === "disconnected");
    expect(device.background[0]).toBeInstanceOf(CredentialError);
    await device.pass(7_200_000, 600_000);
    expect(device.runtime.dialled).toHaveLength(2);
    expect(device.clock.timers).toBe(0);
  });

  it("a token of ten years is not renewed at once, nor within weeks", async () => {
    const device = await make({ sastokenTtl: 315_360_000, keepAlive: 1740 }).connected();
    await device.rest();
    await device.pass(86_400_000 * 26, 86_400_000);
    expect(device.runtime.peers).toHaveLength(1);
    expect(expiryOf(device.peer)).toBeGreaterThan(device.clock.now() / 1000 + 280_000_000);
  });

  it("a token of a second is renewed no more than once in half a second", async () => {
    const device = await make({ sastokenTtl: 1 }).connected();
    await device.pass(10_000, 100);
    expect(device.runtime.peers.length).toBeGreaterThan(5);
    expect(device.runtime.peers.length).toBeLessThanOrEqual(21);
  });

  it("a drop before the renewal brings a fresh token, and the renewal goes by that", async () => {
    const device = await make({ keepAlive: 1740 }).connected();
    await device.clock.advance(3_000_000);
    device.peer.close();
    await device.clock.advance(1000);
    await device.reconnected(2);
    await device.clock.advance(3_479_000);
    await device.rest();
    expect(device.runtime.peers).toHaveLength(2);
    await device.clock.advance(1000);
    await device.reconnected(3);
  });

  it("does not happen while disconnected", async () => {
    const device = await make().connected();
    await device.client.disconnect();
    expect(device.clock.timers).toBe(0);
    await device.pass(7_200_000, 600_000);
    expect(device.runtime.dialled).toHaveLength(1);
  });
});
