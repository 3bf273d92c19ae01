// Keep-alive and token renewal of a client with an MQTT engine and an in-memory hub.
import { describe, expect, it } from "vitest";
import { memoryDevices } from "../../test/devices.ts";
import { failure } from "../../test/failure.ts";
import { parseSasToken } from "../auth/sas-token.ts";
import { CredentialError } from "../errors.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import type { MemoryPeer } from "../testing/memory-peer.ts";
import { until } from "../testing/until.ts";
import { fromUtf8 } from "../util/text.ts";

const createDevice = memoryDevices();

/** Returns the expiry of a connection's token. */
const expiryOf = (peer: MemoryPeer): number => parseSasToken(peer.all("connect")[0]?.password).expiry;

/** Options for long times: nothing times out, and no ping is missed. */
const patient: ClientOptions = {
  operationTimeoutMs: 100_000_000,
  keepAlive: 1740,
  pingTimeoutMs: 100_000_000,
  acknowledgementTimeoutMs: Number.POSITIVE_INFINITY,
};

describe("keep-alive", () => {
  it("pings after a silent keep-alive interval, and keeps the connection for hours", async () => {
    const device = await createDevice({ keepAlive: 60, sastokenTtl: 86_400 }).connected();
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

  it("doesn't ping a connection in use", async () => {
    const device = await createDevice({ keepAlive: 60 }).connected();
    for (let minute = 0; minute < 10; minute++) {
      await device.pass(50_000, 50_000);
      await device.client.sendMessage("x");
    }
    expect(device.peer.all("pingreq")).toEqual([]);
  });

  it("detects a dead connection within keepAlive and pingTimeoutMs, and reconnects", async () => {
    const device = await createDevice({ keepAlive: 60, pingTimeoutMs: 5000 }).connected();
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

  it("detects it within 1.3 times pingTimeoutMs if a message is in flight, and sends that again", async () => {
    const device = await createDevice({ keepAlive: 1740, pingTimeoutMs: 5000 }).connected();
    device.peer.freeze();
    const sent = device.client.sendMessage("x");
    await device.clock.advance(6499);
    expect(device.client.connected).toBe(true);
    await device.clock.advance(1);
    expect(device.client.state).toMatchObject({ reason: { code: "keep_alive_timeout" } });
    await device.clock.advance(1000);
    await sent;
    expect(device.peer.all("publish")).toMatchObject([{ dup: true }]);
  });

  it("keeps a connection whose round trip takes 9 s: over satellites, and in a congested network", async () => {
    const device = await createDevice().connected();
    device.hub.intercept = (packet, peer) => {
      if (packet.type !== "publish" && packet.type !== "pingreq") return false;
      const answer =
        packet.type === "publish"
          ? ({ type: "puback", packetId: packet.packetId } as const)
          : ({ type: "pingresp" } as const);
      device.clock.setTimer(() => peer.send(answer), 9000);
      return true;
    };
    for (let count = 0; count < 5; count++) {
      const sent = device.client.sendMessage("x".repeat(100_000));
      await device.pass(20_000);
      await sent;
      // Long enough for pings of the idle connection.
      await device.pass(100_000);
    }
    expect(device.states).toEqual(["connecting", "connected"]);
    device.hub.intercept = () => false;
    await device.pass(9000);
  });

  it("reconnects if the hub responds to pings but acknowledges no message for 30 s, and sends it again", async () => {
    const device = await createDevice().connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sent = device.client.sendMessage("x");
    await device.rest();
    await device.pass(29_999);
    expect(device.client.connected).toBe(true);
    device.hub.intercept = () => false;
    await device.pass(1);
    await device.pass(1, 1);
    expect(device.client.state).toMatchObject({
      status: "waiting",
      reason: {
        code: "acknowledgement_timeout",
        message: "The hub did not acknowledge a message within 30000 ms, although it responds to pings",
      },
    });
    await device.clock.advance(1000);
    await sent;
    expect(device.peer.all("publish")).toMatchObject([{ dup: true }]);
  });

  it("reconnects if a full window of messages is never acknowledged, and sends later ones", async () => {
    const device = await createDevice().connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const lost = Array.from({ length: 1000 }, () =>
      failure(device.client.sendMessage("x", { timeoutMs: 3000 })),
    );
    await device.rest();
    await device.clock.advance(3000);
    expect(await Promise.all(lost)).toHaveLength(1000);
    device.hub.intercept = () => false;
    const sent = device.client.sendMessage("after");
    await device.pass(27_000);
    expect(device.client.state.reason).toMatchObject({ code: "acknowledgement_timeout" });
    await device.pass(1000);
    await sent;
    expect(device.hub.telemetry).toHaveLength(1);
  });

  it("reconnects if one message stays unacknowledged for 10 s while later ones are acknowledged", async () => {
    const device = await createDevice().connected();
    device.hub.intercept = (packet) => packet.type === "publish" && packet.packetId === 3 && !packet.dup;
    const sending = Array.from({ length: 5 }, () => device.client.sendMessage("x"));
    await device.rest();
    for (let second = 1; second < 10; second++) {
      await device.pass(1000);
      await device.client.sendMessage("later");
    }
    expect(device.client.connected).toBe(true);
    await device.pass(1000);
    expect(device.client.state).toMatchObject({
      status: "waiting",
      reason: {
        code: "acknowledgement_timeout",
        message: expect.stringContaining("within 10000 ms after a later"),
      },
    });
    await device.pass(1000);
    await Promise.all(sending);
    expect(device.peer.all("publish")).toMatchObject([{ packetId: 3, dup: true }]);
  });

  it("keeps a connection whose hub acknowledges in another order, or slowly but steadily", async () => {
    const device = await createDevice({ operationTimeoutMs: 1_000_000 }).connected();
    const { peer } = device;
    device.hub.intercept = ({ type }) => type === "publish";
    const sending = Array.from({ length: 100 }, () => device.client.sendMessage("x"));
    await device.rest();
    for (let packetId = 1; packetId < 100; packetId += 2) {
      await device.pass(4000);
      peer.send({ type: "puback", packetId: packetId + 1 });
      await device.pass(4000);
      peer.send({ type: "puback", packetId });
    }
    await Promise.all(sending);
    expect(device.runtime.peers).toHaveLength(1);
    expect(device.background).toEqual([]);
  });

  it("reads what has arrived before it judges a hub by it, after the program was busy", async () => {
    const device = await createDevice({ operationTimeoutMs: 1_000_000 }).connected();
    device.hub.intercept = ({ type }) => type === "publish";
    const sent = device.client.sendMessage("x");
    await device.rest();
    device.clock.jump(40_000);
    device.peer.send({ type: "puback", packetId: 1 });
    await device.pass(20_000);
    await sent;
    expect(device.runtime.peers).toHaveLength(1);
  });

  it("detects a dead connection also after the clock was set back", async () => {
    const device = await createDevice({ keepAlive: 60, pingTimeoutMs: 5000 }).connected();
    device.clock.jump(-86_400_000);
    device.peer.freeze();
    await device.clock.advance(125_000);
    expect(device.client.state.reason).toMatchObject({ code: "keep_alive_timeout" });
  });

  it("ends a connection without SUBACK after 10 s, and the next one subscribes again", async () => {
    const device = await createDevice().connected();
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
  it("reconnects gracefully 120 s before expiry with a fresh token, without a report, and again an hour later", async () => {
    const device = await createDevice({ sastokenTtl: 3600, keepAlive: 1740 }).connected();
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

  it("waits for messages in flight, holds new ones back, and loses neither", async () => {
    const device = await createDevice(patient).connected();
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

  it("waits at most 5 s, and then sends messages in flight again with DUP", async () => {
    const device = await createDevice(patient).connected();
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

  it("waits for twin responses, too, and sends new twin requests on the next connection", async () => {
    const device = await createDevice({ keepAlive: 1740 }).connected();
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

  it("doesn't delay disconnect() and shutdown() with operations that they have rejected", async () => {
    for (const end of ["disconnect", "shutdown"] as const) {
      const device = await createDevice(patient).connected();
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

  it("reconnects at once if the connection is lost during a renewal", async () => {
    const device = await createDevice(patient).connected();
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

  it("is reported and ends if the hub refuses the new token", async () => {
    const device = await createDevice({ keepAlive: 1740 }).connected();
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

  it("doesn't happen within weeks for a token of ten years", async () => {
    const device = await createDevice({ sastokenTtl: 315_360_000, keepAlive: 1740 }).connected();
    await device.rest();
    await device.pass(86_400_000 * 26, 86_400_000);
    expect(device.runtime.peers).toHaveLength(1);
    expect(expiryOf(device.peer)).toBeGreaterThan(device.clock.now() / 1000 + 280_000_000);
  });

  it("happens at most every half second for a token of a second", async () => {
    const device = await createDevice({ sastokenTtl: 1 }).connected();
    await device.pass(10_000, 100);
    expect(device.runtime.peers.length).toBeGreaterThan(5);
    expect(device.runtime.peers.length).toBeLessThanOrEqual(21);
  });

  it("follows the fresh token of a reconnection before it", async () => {
    const device = await createDevice({ keepAlive: 1740 }).connected();
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

  it("doesn't happen while disconnected", async () => {
    const device = await createDevice().connected();
    await device.client.disconnect();
    expect(device.clock.timers).toBe(0);
    await device.pass(7_200_000, 600_000);
    expect(device.runtime.dialled).toHaveLength(1);
  });
});
