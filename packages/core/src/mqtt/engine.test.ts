// The behavior of every engine, against a peer that reads and writes packets with separate code.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { engines } from "../../test/engines.ts";
import { ProtocolError } from "../errors.ts";
import { MemoryPeer } from "../testing/memory-peer.ts";
import { encodePacket } from "../testing/mqtt-packets.ts";
import { turn, until } from "../testing/until.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import {
  highestPublishId,
  type InboundPublish,
  type MqttConnectOptions,
  type MqttEngine,
  type MqttSession,
} from "./engine.ts";
import { encodePublish } from "./publish-packet.ts";

const options: MqttConnectOptions = {
  clientId: "d1",
  username: "hub.example/d1/?api-version=2021-04-12",
  password: "SharedAccessSignature sr=…",
  cleanSession: false,
  keepAliveSeconds: 60,
};

/** A session and its peer, with the events of the session. */
class Wire {
  readonly opened: boolean[] = [];
  readonly refused: number[] = [];
  readonly received: InboundPublish[] = [];
  readonly order: string[] = [];
  readonly errors: Error[] = [];
  readonly done: number[] = [];
  readonly peer: MemoryPeer;
  readonly session: MqttSession;

  constructor(engine: MqttEngine, connect: Partial<MqttConnectOptions> = {}) {
    let session: MqttSession | undefined;
    this.peer = new MemoryPeer(
      {
        onData: (bytes) => session?.receive(bytes),
        onDrain: () => session?.drained(),
        onClose: () => {},
      },
      { onPacket: () => {}, onGone: () => {} },
    );
    session = engine.start(
      this.peer.connection,
      { ...options, ...connect },
      {
        onOpen: (sessionPresent) => {
          this.order.push("open");
          this.opened.push(sessionPresent);
        },
        onRefused: (code) => this.refused.push(code),
        onPublish: (message) => {
          this.order.push("publish");
          this.received.push(message);
        },
        onPuback: (packetId) => this.done.push(packetId),
        onProtocolError: (error) => this.errors.push(error),
      },
    );
    this.session = session;
  }

  async open(sessionPresent = false): Promise<this> {
    await until(() => this.peer.all("connect").length === 1);
    this.peer.send({ type: "connack", sessionPresent, returnCode: 0 });
    await until(() => this.opened.length === 1);
    return this;
  }

  publish(text: string, packetId: number, dup = false): void {
    this.session.publish(encodePublish({ topic: `t/${text}`, payload: utf8(text), qos: 1, dup, packetId }));
  }

  /** The messages that reached the peer. */
  get sent(): [text: string, packetId: number, dup: boolean][] {
    return this.peer.all("publish").map(({ payload, packetId, dup }) => [fromUtf8(payload), packetId, dup]);
  }
}

describe.each(engines)("the $name engine", (engine) => {
  const wires: Wire[] = [];
  function wire(connect?: Partial<MqttConnectOptions>): Wire {
    const made = new Wire(engine, connect);
    wires.push(made);
    return made;
  }

  let timersBefore = 0;

  beforeEach(async () => {
    await engine.prepare();
    timersBefore = timeouts();
  });

  afterEach(async () => {
    for (const { session, peer } of wires.splice(0)) {
      session.stop();
      expect(peer.broken).toBeUndefined();
    }
    // Timers of MQTT.js would keep the process alive.
    await until(() => timeouts() <= timersBefore, "the end of MQTT.js's timers");
  });

  /** The number of timers that keep the process alive. */
  function timeouts(): number {
    return process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  }

  describe("CONNECT", () => {
    it("is MQTT 3.1.1 with the fields it was given and without a will", async () => {
      const { peer } = wire();
      await until(() => peer.received.length > 0);
      expect(peer.received).toEqual([
        {
          type: "connect",
          protocolName: "MQTT",
          protocolLevel: 4,
          cleanSession: false,
          keepAlive: 60,
          clientId: options.clientId,
          username: options.username,
          password: options.password,
        },
      ]);
    });

    it("has no password flag without a password, and a clean session on request", async () => {
      const { peer } = wire({ password: undefined, cleanSession: true });
      await until(() => peer.received.length > 0);
      expect(peer.received).toMatchObject([{ password: undefined, cleanSession: true }]);
    });

    it("contains fields of any characters and any length", async () => {
      const long = {
        clientId: "ü€😀".repeat(3000),
        username: "ж".repeat(20_000),
        password: "€".repeat(20_000),
      };
      const { peer } = wire(long);
      await until(() => peer.received.length > 0 || peer.broken !== undefined);
      expect(peer.received).toMatchObject([long]);
    });

    it("reports the acceptance once, with whether a session was present", async () => {
      for (const sessionPresent of [false, true]) {
        const { opened, errors } = await wire().open(sessionPresent);
        expect(opened).toEqual([sessionPresent]);
        expect(errors).toEqual([]);
      }
    });

    for (const returnCode of [1, 2, 3, 4, 5]) {
      it(`reports a refusal with its return code ${returnCode}, and nothing else`, async () => {
        const { peer, refused, opened, errors } = wire();
        await until(() => peer.received.length > 0);
        peer.send({ type: "connack", sessionPresent: false, returnCode });
        await until(() => refused.length > 0);
        await turn();
        expect(refused).toEqual([returnCode]);
        expect(opened).toEqual([]);
        expect(errors).toEqual([]);
      });
    }
  });

  describe("messages to the hub", () => {
    it("are sent at QoS 1 with the packet id they were given, and are done with the PUBACK, not before", async () => {
      const { peer, session, done, sent } = await wire().open();
      expect(sent).toEqual([]);
      const message = { topic: "a/b", payload: utf8("°"), qos: 1, dup: false, packetId: 4711 } as const;
      session.publish(encodePublish(message));
      await until(() => peer.all("publish").length === 1);
      expect(peer.all("publish")).toEqual([{ type: "publish", retain: false, ...message }]);
      await turn();
      expect(done).toEqual([]);
      peer.send({ type: "puback", packetId: 4711 });
      await until(() => done.length > 0);
      expect(done).toEqual([4711]);
    });

    it("are sent at QoS 0 without a packet id", async () => {
      const { peer, session } = await wire().open();
      session.publish(encodePublish({ topic: "t", payload: utf8("x"), qos: 0, dup: false, packetId: 0 }));
      await until(() => peer.all("publish").length === 1);
      expect(peer.all("publish")).toMatchObject([{ qos: 0, dup: false, packetId: 0 }]);
    });

    it("are sent without waiting for the PUBACK of another, and with DUP if they have it", async () => {
      const connected = await wire().open();
      for (let id = 1; id <= 300; id++) connected.publish(`m${id}`, id, true);
      await until(() => connected.peer.all("publish").length === 300);
      expect(connected.sent).toEqual(Array.from({ length: 300 }, (_, at) => [`m${at + 1}`, at + 1, true]));
      expect(connected.done).toEqual([]);
      for (let id = 300; id >= 1; id--) connected.peer.send({ type: "puback", packetId: id });
      await until(() => connected.done.length === 300);
      expect(connected.done).toEqual(Array.from({ length: 300 }, (_, at) => 300 - at));
    });

    it("of one tick leave in few blocks, not one per piece of a packet", async () => {
      const connected = await wire().open();
      const before = connected.peer.blocks.length;
      for (let id = 1; id <= 100; id++) connected.publish("x", id);
      await until(() => connected.peer.all("publish").length === 100);
      expect(connected.peer.blocks.length - before).toBeLessThanOrEqual(100);
    });

    it("wait while the connection is full, and none is lost or out of order", async () => {
      const connected = await wire().open();
      connected.peer.fill();
      connected.publish("0", 1);
      await until(() => connected.peer.all("publish").length === 1);
      for (let id = 2; id <= 50; id++) connected.publish(String(id - 1), id);
      await turn();
      const early = connected.peer.all("publish").length;
      expect(early).toBeLessThan(50);
      connected.peer.drain();
      await until(() => connected.peer.all("publish").length === 50);
      expect(connected.sent.map(([text]) => text)).toEqual(Array.from({ length: 50 }, (_, at) => String(at)));
    });

    it("with topic and payload of any size arrive complete", async () => {
      const { peer, session } = await wire().open();
      const topic = `t/${"%C3%A9".repeat(5000)}`;
      const payload = Uint8Array.from({ length: 262_144 }, (_, at) => at % 256);
      session.publish(encodePublish({ topic, payload, qos: 1, dup: false, packetId: 1 }));
      await until(() => peer.all("publish").length === 1);
      expect(peer.all("publish")[0]?.topic).toBe(topic);
      expect(Buffer.compare(peer.all("publish")[0]?.payload ?? new Uint8Array(), payload)).toBe(0);
    });

    it("are followed by an event for each PUBACK", async () => {
      const connected = await wire().open();
      connected.publish("x", 1);
      await until(() => connected.peer.all("publish").length === 1);
      for (const packetId of [99, 1, 1]) connected.peer.send({ type: "puback", packetId });
      await until(() => connected.done.length === 3);
      expect(connected.done).toEqual([99, 1, 1]);
      expect(connected.errors).toEqual([]);
    });
  });

  describe("messages from the hub", () => {
    it("at QoS 1 are not acknowledged automatically, however many arrive in one block", async () => {
      const { peer, received } = await wire().open();
      const packets = Array.from({ length: 50 }, (_, at) =>
        encodePacket({
          type: "publish",
          topic: `c/${at}`,
          payload: utf8(String(at)),
          qos: 1,
          dup: at % 2 === 1,
          retain: false,
          packetId: at + 1,
        }),
      );
      peer.sendBytes(Buffer.concat(packets));
      await until(() => received.length === 50);
      expect(
        received.map(({ topic, payload, ...rest }) => ({ topic, text: fromUtf8(payload), ...rest })),
      ).toEqual(
        Array.from({ length: 50 }, (_, at) => ({
          topic: `c/${at}`,
          text: String(at),
          qos: 1,
          dup: at % 2 === 1,
          packetId: at + 1,
        })),
      );
      await turn();
      expect(peer.all("puback")).toEqual([]);
    });

    it("are acknowledged with PUBACK by acknowledge(), for any packet id", async () => {
      const { peer, session } = await wire().open();
      for (const id of [1, 255, 256, 0xffff]) session.acknowledge(id);
      await until(() => peer.all("puback").length === 4);
      expect(peer.all("puback").map(({ packetId }) => packetId)).toEqual([1, 255, 256, 0xffff]);
    });

    it("at QoS 0 have no packet id", async () => {
      const { peer, received } = await wire().open();
      peer.publish("t", "x");
      await until(() => received.length === 1);
      expect(received).toMatchObject([{ qos: 0, packetId: undefined, dup: false }]);
    });

    it("are complete if they arrive byte by byte", async () => {
      const { peer, received } = await wire().open();
      const bytes = encodePacket({
        type: "publish",
        topic: "tü",
        payload: utf8("x".repeat(300)),
        qos: 1,
        dup: false,
        retain: false,
        packetId: 9,
      });
      for (const byte of bytes) peer.sendBytes(Uint8Array.of(byte));
      await until(() => received.length === 1);
      expect(received[0]?.topic).toBe("tü");
      expect(received[0]?.payload.length).toBe(300);
    });

    it("directly behind CONNACK are reported after it: a persistent session begins with them", async () => {
      const { peer, received, opened } = wire();
      await until(() => peer.received.length > 0);
      const publish = encodePacket({
        type: "publish",
        topic: "t",
        payload: utf8("queued"),
        qos: 1,
        dup: false,
        retain: false,
        packetId: 1,
      });
      const first = Buffer.concat([
        encodePacket({ type: "connack", sessionPresent: true, returnCode: 0 }),
        publish,
      ]);
      peer.sendBytes(first);
      await until(() => received.length === 1);
      expect(opened).toEqual([true]);

      // As from a socket: in a turn of the event loop that begins with it.
      const other = wire();
      await until(() => other.peer.received.length > 0);
      setTimeout(() => other.session.receive(first), 0);
      await until(() => other.received.length === 1);
      for (const { order } of wires) expect(order).toEqual(["open", "publish"]);
    });

    it("that aren't valid MQTT are a ProtocolError protocol_error", async () => {
      for (const bytes of [
        [0xf0, 0],
        [0x00, 0],
        [0x36, 2, 0, 0],
        [0x30, 0xff, 0xff, 0xff, 0xff, 0xff],
      ]) {
        const { peer, errors } = await wire().open();
        peer.sendBytes(Uint8Array.from(bytes));
        await until(() => errors.length > 0, `an error for ${bytes}`);
        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(ProtocolError);
        expect(errors[0]).toMatchObject({
          code: "protocol_error",
          message: expect.stringMatching(/^Invalid MQTT: /),
        });
      }
    });

    it("a second CONNACK is a ProtocolError", async () => {
      const { peer, errors, refused } = await wire().open();
      peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      await until(() => errors.length > 0);
      expect(errors).toMatchObject([{ code: "protocol_error" }]);
      expect(refused).toEqual([]);
    });
  });

  describe("subscriptions", () => {
    it("are sent in one packet with their QoS and a packet id that no message has, and resolve with the granted QoS", async () => {
      const { peer, session } = await wire().open();
      const granted = session.subscribe([
        { filter: "a/#", qos: 1 },
        { filter: "$iothub/b/#", qos: 0 },
      ]);
      await until(() => peer.all("subscribe").length === 1);
      const packetId = peer.all("subscribe")[0]?.packetId ?? 0;
      expect(peer.all("subscribe")).toEqual([
        {
          type: "subscribe",
          packetId,
          filters: [
            { filter: "a/#", qos: 1 },
            { filter: "$iothub/b/#", qos: 0 },
          ],
        },
      ]);
      expect(packetId).toBeGreaterThan(highestPublishId);
      peer.send({ type: "suback", packetId, granted: [1, 0x80] });
      expect(await granted).toEqual([1, 0x80]);
    });

    it("end with UNSUBACK", async () => {
      const { peer, session } = await wire().open();
      let over = false;
      const unsubscribed = session.unsubscribe(["a/#", "b/#"]).then(() => {
        over = true;
      });
      await until(() => peer.all("unsubscribe").length === 1);
      const { packetId, filters } = peer.all("unsubscribe")[0] ?? { packetId: 0, filters: [] };
      expect(filters).toEqual(["a/#", "b/#"]);
      expect(packetId).toBeGreaterThan(highestPublishId);
      await turn();
      expect(over).toBe(false);
      peer.send({ type: "unsuback", packetId });
      await unsubscribed;
    });

    it("wait while the connection is full, and continue however often it drains", async () => {
      const { peer, session, errors } = await wire().open();
      peer.fill();
      session.subscribe([{ filter: "a/#", qos: 0 }]);
      await until(() => peer.all("subscribe").length === 1);
      session.subscribe([{ filter: "b/#", qos: 0 }]);
      for (let count = 0; count < 5; count++) await turn();
      expect(peer.all("subscribe")).toHaveLength(1);
      peer.drain();
      peer.drain();
      await until(() => peer.all("subscribe").length === 2);
      peer.drain();
      session.unsubscribe(["b/#"]);
      await until(() => peer.all("unsubscribe").length === 1);
      expect(errors).toEqual([]);
    });

    it("use other packet ids than messages sent at the same time", async () => {
      const connected = await wire().open();
      connected.publish("x", highestPublishId);
      connected.session.subscribe([{ filter: "a/#", qos: 0 }]);
      connected.publish("y", 1);
      connected.session.unsubscribe(["b/#"]);
      await until(() => connected.peer.all("unsubscribe").length === 1 && connected.sent.length === 2);
      expect(connected.sent.map(([, packetId]) => packetId)).toEqual([highestPublishId, 1]);
      const ids = [
        connected.peer.all("subscribe")[0]?.packetId,
        connected.peer.all("unsubscribe")[0]?.packetId,
      ];
      expect(ids).toEqual([highestPublishId + 1, highestPublishId + 2]);
    });
  });

  describe("a packet that is too large", () => {
    // Types and lengths, without a byte of the bodies.
    const heads: [string, number[], number][] = [
      ["a PUBLISH of 256 MB", [0x30, 0xff, 0xff, 0xff, 0x7f], 268_435_455],
      ["a PUBLISH at QoS 1, one byte too long", [0x32, 0x81, 0x80, 0x40], 1_048_577],
    ];

    it.each(heads)("ends the session at its length: %s", async (_, head, length) => {
      const { peer, errors } = await wire().open();
      peer.sendBytes(Uint8Array.from(head));
      await until(() => errors.length === 1);
      expect(errors).toMatchObject([
        {
          name: "ProtocolError",
          code: "protocol_error",
          message: `Invalid MQTT: a packet must have at most 1048576 bytes, got ${length}`,
        },
      ]);
    });

    it.each(heads)(
      "ends the session if its length arrives byte by byte, after other packets: %s",
      async (_, head) => {
        const { peer, errors, received } = await wire().open();
        const small = encodePacket({
          type: "publish",
          topic: "t",
          payload: utf8("x".repeat(1000)),
          qos: 0,
          dup: false,
          retain: false,
          packetId: 0,
        });
        peer.sendBytes(Uint8Array.from([...small, ...small.subarray(0, 500)]));
        peer.sendBytes(Uint8Array.from([...small.subarray(500), head[0] ?? 0]));
        for (const byte of head.slice(1)) peer.sendBytes(Uint8Array.of(byte));
        await until(() => errors.length === 1);
        await until(() => received.length === 2);
      },
    );

    it("is one byte larger than the largest that is accepted", async () => {
      const { peer, errors, received } = await wire().open();
      const payload = new Uint8Array(1_048_576 - 3);
      const large = encodePacket({
        type: "publish",
        topic: "t",
        payload,
        qos: 0,
        dup: false,
        retain: false,
        packetId: 0,
      });
      for (let at = 0; at < large.length; at += 65_000) peer.sendBytes(large.slice(at, at + 65_000));
      await until(() => received.length === 1);
      expect(received[0]?.payload).toHaveLength(payload.length);
      expect(errors).toEqual([]);
    });
  });

  describe("other packets", () => {
    it("PINGREQ and DISCONNECT are sent on request, and no ping otherwise", async () => {
      const { peer, session } = await wire({ keepAliveSeconds: 1 }).open();
      expect(peer.all("pingreq")).toEqual([]);
      session.ping();
      await until(() => peer.all("pingreq").length === 1);
      peer.send({ type: "pingresp" });
      session.disconnect();
      await until(() => peer.all("disconnect").length === 1);
    });

    it("no events and no packets follow stop", async () => {
      const connected = await wire().open();
      connected.publish("x", 1);
      let settled = false;
      const settle = (): void => {
        settled = true;
      };
      connected.session.subscribe([{ filter: "a/#", qos: 0 }]).then(settle, settle);
      connected.session.unsubscribe(["a/#"]).then(settle, settle);
      await until(() => connected.peer.all("unsubscribe").length === 1);
      const subscribeId = connected.peer.all("subscribe")[0]?.packetId ?? 0;
      connected.session.stop();
      const before = connected.peer.received.length;
      connected.peer.send({ type: "puback", packetId: 1 });
      connected.peer.send({ type: "suback", packetId: subscribeId, granted: [0] });
      connected.peer.publish("t", "late", { qos: 1 });
      connected.peer.sendBytes(Uint8Array.of(0xf0, 0));
      connected.session.acknowledge(1);
      connected.session.ping();
      connected.session.disconnect();
      connected.session.stop();
      for (let count = 0; count < 20; count++) await turn();
      expect(connected.done).toEqual([]);
      expect(settled).toBe(false);
      expect(connected.received).toEqual([]);
      expect(connected.errors).toEqual([]);
      expect(connected.peer.received.length).toBe(before);
    });

    it("no events follow stop before CONNACK", async () => {
      const stopped = wire();
      await until(() => stopped.peer.received.length > 0);
      stopped.session.stop();
      stopped.peer.send({ type: "connack", sessionPresent: false, returnCode: 5 });
      for (let count = 0; count < 10; count++) await turn();
      expect([stopped.opened, stopped.refused, stopped.errors]).toEqual([[], [], []]);
    });
  });
});
