// The strictness of the lean engine. The behavior of all engines is in engine.test.ts.
import { afterEach, describe, expect, it } from "vitest";
import { ProtocolError } from "../../errors.ts";
import { MemoryPeer } from "../../testing/memory-peer.ts";
import { encodePacket, type ServerPacket } from "../../testing/mqtt-packets.ts";
import { turn, until } from "../../testing/until.ts";
import { utf8 } from "../../util/text.ts";
import { highestPublishId, type MqttSession } from "../engine.ts";
import { encodePublish } from "../publish-packet.ts";
import { leanEngine } from "./lean-engine.ts";

/** A session with its events, and the hub's end of its connection. */
class Wire {
  readonly events: unknown[] = [];
  readonly peer: MemoryPeer;
  readonly session: MqttSession;

  constructor() {
    let session: MqttSession | undefined;
    this.peer = new MemoryPeer(
      { onData: (bytes) => session?.receive(bytes), onDrain: () => session?.drained(), onClose: () => {} },
      { onPacket: () => {}, onGone: () => {} },
    );
    session = leanEngine.start(
      this.peer.connection,
      { clientId: "d1", username: "u", password: undefined, cleanSession: false, keepAliveSeconds: 60 },
      {
        onOpen: () => this.events.push("open"),
        onRefused: (code) => this.events.push(`refused ${code}`),
        onPublish: ({ topic }) => this.events.push(topic),
        onPuback: (packetId) => this.events.push(`puback ${packetId}`),
        onProtocolError: (error) => this.events.push(error),
      },
    );
    this.session = session;
  }

  /** The hub sends these packets in one block; resolves when they have been read. */
  readonly hears = async (...packets: readonly ServerPacket[]): Promise<void> => {
    this.peer.sendBytes(Buffer.concat(packets.map(encodePacket)));
    await turn();
  };
}

const wires: Wire[] = [];
afterEach(() => {
  for (const { peer, session } of wires.splice(0)) {
    session.stop();
    expect(peer.broken).toBeUndefined();
  }
});

function wire(): Wire {
  const made = new Wire();
  wires.push(made);
  return made;
}

async function openWire(): Promise<Wire> {
  const made = wire();
  await made.hears({ type: "connack", sessionPresent: false, returnCode: 0 });
  made.events.length = 0;
  return made;
}

const message: ServerPacket = {
  type: "publish",
  topic: "t",
  payload: utf8("x"),
  qos: 0,
  dup: false,
  retain: false,
  packetId: 0,
};

const broken = (reason: RegExp): unknown =>
  expect.objectContaining({
    name: "ProtocolError",
    code: "protocol_error",
    retryable: false,
    message: expect.stringMatching(reason),
  });

describe("a session of the lean engine", () => {
  const early: ServerPacket[] = [
    message,
    { type: "puback", packetId: 1 },
    { type: "suback", packetId: 0x8000, granted: [0] },
    { type: "unsuback", packetId: 0x8000 },
    { type: "pingresp" },
  ];
  it.each(early)("rejects $type before CONNACK", async (packet) => {
    const { events, hears } = wire();
    await hears(packet, { type: "connack", sessionPresent: false, returnCode: 0 });
    expect(events).toEqual([broken(/a packet before CONNACK/)]);
    expect(events[0]).toBeInstanceOf(ProtocolError);
  });

  it("rejects a second CONNACK, and ignores everything after a refusal", async () => {
    const connack: ServerPacket = { type: "connack", sessionPresent: false, returnCode: 0 };
    const open = wire();
    await open.hears(connack, connack, message);
    expect(open.events).toEqual(["open", broken(/a second CONNACK/)]);
    const refused = wire();
    await refused.hears({ ...connack, returnCode: 4 }, connack, message);
    expect(refused.events).toEqual(["refused 4"]);
  });

  it("rejects a SUBACK without its SUBSCRIBE, and a second one", async () => {
    const none = await openWire();
    await none.hears({ type: "suback", packetId: highestPublishId + 1, granted: [0] }, message);
    expect(none.events).toEqual([broken(/a SUBACK with 1 return codes for 32768, without such a request/)]);

    const second = await openWire();
    const granted = second.session.subscribe([{ filter: "a", qos: 0 }]);
    await second.hears({ type: "suback", packetId: highestPublishId + 1, granted: [0] });
    expect(await granted).toEqual([0]);
    expect(second.events).toEqual([]);
    await second.hears({ type: "suback", packetId: highestPublishId + 1, granted: [0] });
    expect(second.events).toEqual([broken(/a SUBACK with 1 return codes for 32768, without such a request/)]);
  });

  it("rejects a SUBACK for another request, or with another number of return codes", async () => {
    const other = await openWire();
    other.session.unsubscribe(["a"]);
    await other.hears({ type: "suback", packetId: highestPublishId + 1, granted: [0] });
    expect(other.events).toEqual([broken(/a SUBACK with 1 return codes for 32768, without such a request/)]);

    for (const granted of [[0], [0, 0, 0]]) {
      const few = await openWire();
      few.session.subscribe([
        { filter: "a", qos: 0 },
        { filter: "b", qos: 0 },
      ]);
      await few.hears({ type: "suback", packetId: highestPublishId + 1, granted });
      expect(few.events).toEqual([
        broken(new RegExp(`a SUBACK with ${granted.length} return codes for 32768, without such a request`)),
      ]);
    }
  });

  it("rejects an UNSUBACK without its UNSUBSCRIBE, or for another request", async () => {
    const none = await openWire();
    await none.hears({ type: "unsuback", packetId: highestPublishId + 1 });
    expect(none.events).toEqual([broken(/an UNSUBACK for 32768, without such a request/)]);

    const other = await openWire();
    other.session.subscribe([{ filter: "a", qos: 0 }]);
    await other.hears({ type: "unsuback", packetId: highestPublishId + 1 });
    expect(other.events).toEqual([broken(/an UNSUBACK for 32768, without such a request/)]);
  });

  it("reports nothing and sends nothing after a protocol error", async () => {
    const { peer, session, events } = await openWire();
    let settled = 0;
    session.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: 1 }));
    session.subscribe([{ filter: "a", qos: 0 }]).finally(() => settled++);
    await until(() => peer.all("subscribe").length === 1);
    const before = peer.received.length;
    peer.sendBytes(Uint8Array.of(0xf0, 0));
    await turn();
    expect(events).toEqual([broken(/packet type 15 is not one that a hub sends/)]);
    peer.send({ type: "puback", packetId: 1 });
    peer.send({ type: "suback", packetId: highestPublishId + 1, granted: [0] });
    session.acknowledge(1);
    session.ping();
    session.disconnect();
    session.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 0, dup: false, packetId: 0 }));
    session.subscribe([{ filter: "a", qos: 0 }]).finally(() => settled++);
    await turn();
    expect(settled).toBe(0);
    expect(events).toHaveLength(1);
    expect(peer.received.length).toBe(before);
  });

  it("never gives the same packet id to two pending requests", async () => {
    const { peer, session, hears } = await openWire();
    const first = session.subscribe([{ filter: "first", qos: 0 }]);
    await turn();
    const kept = peer.all("subscribe")[0]?.packetId;
    for (let count = 0; count < 0x8000; count++) {
      session.unsubscribe(["x"]);
      if (count % 1024 === 1023) {
        await turn();
        const waiting = peer.all("unsubscribe").slice(-1024);
        await hears(...waiting.map(({ packetId }): ServerPacket => ({ type: "unsuback", packetId })));
      }
    }
    const ids = peer.all("unsubscribe").map(({ packetId }) => packetId);
    expect(ids).not.toContain(kept);
    expect(Math.min(...ids)).toBeGreaterThan(highestPublishId);
    // All ids but the pending one were used.
    expect(new Set(ids).size).toBe(0x7fff);
    await hears({ type: "suback", packetId: kept ?? 0, granted: [1] });
    expect(await first).toEqual([1]);
  });

  it("sends PINGREQ and PUBACK ahead of messages that are held back", async () => {
    const { peer, session } = await openWire();
    peer.fill();
    for (let id = 1; id <= 3; id++) {
      session.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 1, dup: false, packetId: id }));
    }
    session.ping();
    session.acknowledge(9);
    await turn();
    expect(peer.received.slice(1).map(({ type }) => type)).toEqual(["publish", "pingreq", "puback"]);
    peer.drain();
    await turn();
    expect(peer.all("publish").map(({ packetId }) => packetId)).toEqual([1, 2, 3]);
  });
});
