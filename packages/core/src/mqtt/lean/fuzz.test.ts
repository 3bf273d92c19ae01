// Corrupted bytes for FUZZ_MS per test, 2000 by default. FUZZ_SEED repeats a run.
import { afterAll, describe, expect, it } from "vitest";
import { asEvent, readByMqttPacket } from "../../../test/mqtt-packet.ts";
import { Random } from "../../../test/random.ts";
import { RecordingSink } from "../../../test/recording-sink.ts";
import { ProtocolError } from "../../errors.ts";
import { encodePacket, PacketReader, type ServerPacket } from "../../testing/mqtt-packets.ts";
import { leanEngine } from "./lean-engine.ts";

const budgetMs = Number(process.env["FUZZ_MS"] ?? 2000);
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 0x1_0000_0000));
const timeout = budgetMs + 20_000;
const counts: string[] = [];

afterAll(() => {
  process.stderr.write(`fuzz: FUZZ_SEED=${seed} FUZZ_MS=${budgetMs}: ${counts.join(", ")}\n`);
});

/** Runs rounds until the time is up; a failure names the seed of its round. */
function rounds(name: string, run: (random: Random) => void): void {
  const end = performance.now() + budgetMs;
  let round = 0;
  for (; round === 0 || performance.now() < end; round++) {
    try {
      run(new Random(seed + round));
    } catch (error) {
      throw new Error(`round ${round}: repeat it with FUZZ_SEED=${seed + round}`, { cause: error });
    }
  }
  counts.push(`${round} rounds of ${name}`);
}

function packet(random: Random): ServerPacket {
  const packetId = 1 + random.below(0xffff);
  switch (random.below(8)) {
    case 0:
      return { type: "connack", sessionPresent: random.below(2) === 1, returnCode: 0 };
    case 1:
      return {
        type: "suback",
        packetId: 0x8000 + random.below(4),
        granted: [0, 1, 0x80].slice(random.below(3)),
      };
    case 2:
      return { type: "unsuback", packetId: 0x8000 + random.below(4) };
    case 3:
      return { type: "pingresp" };
    case 4:
    case 5:
      return { type: "puback", packetId: 1 + random.below(8) };
    default: {
      const qos = random.below(2);
      const topic = random.pick([
        "a",
        "devices/d1/messages/devicebound/%24.mid=é",
        "$iothub/twin/res/200/?$rid=1",
      ]);
      const payload = random.bytes(random.below(random.pick([3, 200, 3000])));
      return {
        type: "publish",
        topic,
        payload,
        qos,
        dup: qos === 1 && random.below(2) === 1,
        retain: false,
        packetId: qos === 0 ? 0 : packetId,
      };
    }
  }
}

/** Packets of a hub, with a few corrupted bytes. */
function stream(random: Random, begin: readonly ServerPacket[] = []): Uint8Array {
  const packets = [...begin, ...Array.from({ length: 1 + random.below(12) }, () => packet(random))];
  let bytes = Buffer.concat(packets.map(encodePacket));
  for (let count = random.below(4); count > 0; count--) {
    const at = random.below(bytes.length + 1);
    const after = bytes.subarray(at);
    const before = bytes.subarray(0, at);
    switch (random.below(6)) {
      case 0:
        bytes = Buffer.concat([before, random.bytes(1 + random.below(5)), after]);
        break;
      case 1:
        bytes = Buffer.concat([before, after.subarray(1 + random.below(5))]);
        break;
      case 2:
        bytes = Buffer.concat([
          before,
          Buffer.from([random.pick([0x30, 0x90, 0x40]), 0xff, 0xff, random.pick([0x3f, 0x7f, 0xff])]),
          after,
        ]);
        break;
      case 3:
        bytes = Buffer.concat([before, after, before]);
        break;
      default:
        if (at < bytes.length)
          bytes[at] = random.pick([0, 0xff, 0x80, 1 << random.below(8), random.below(256)]);
    }
  }
  return bytes;
}

function blocks(random: Random, bytes: Uint8Array): Uint8Array[] {
  const cut: Uint8Array[] = [];
  const longest = random.pick([1, 7, 100, bytes.length + 1]);
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + random.below(longest);
    cut.push(bytes.slice(at, at + length));
    at += length;
  }
  return cut;
}

describe("corrupted bytes", () => {
  it("are rejected once, and read like mqtt-packet up to there, however they are split", {
    timeout,
  }, () => {
    rounds("the parser", (random) => {
      const bytes = stream(random);
      const whole = new RecordingSink();
      whole.parser.push(bytes);
      const cut = new RecordingSink();
      for (const block of blocks(random, bytes)) cut.parser.push(block);
      if (JSON.stringify(cut.events) !== JSON.stringify(whole.events))
        expect(cut.events).toEqual(whole.events);
      const refusals = whole.events.filter(({ type }) => type === "malformed").length;
      expect(refusals).toBeLessThanOrEqual(1);
      const events = whole.malformed === undefined ? whole.events : whole.events.slice(0, -1);
      expect(events.length).toBe(whole.events.length - refusals);
      const theirs = readByMqttPacket(bytes).slice(0, events.length).map(asEvent);
      if (JSON.stringify(theirs) !== JSON.stringify(events)) expect(events).toEqual(theirs);
    });
  });

  it("end a session with one ProtocolError, never with an exception, and nothing follows", {
    timeout,
  }, () => {
    rounds("sessions", (random) => {
      const sent = new PacketReader();
      const events: string[] = [];
      let error: Error | undefined;
      const note = (what: string) => {
        if (error !== undefined) throw new Error(`${what} after the error`);
        events.push(what);
      };
      const session = leanEngine.start(
        {
          send(bytes) {
            // Throws if a client must not send it.
            sent.push(bytes);
            if (error !== undefined) throw new Error("a packet was sent after the error");
            return random.below(4) > 0;
          },
        },
        { clientId: "d", username: "u", password: undefined, cleanSession: false, keepAliveSeconds: 60 },
        {
          onOpen: () => note("open"),
          onRefused: () => note("refused"),
          onPublish: ({ packetId }) => {
            note("publish");
            if (packetId !== undefined) session.acknowledge(packetId);
          },
          onPuback: () => note("acknowledged"),
          onProtocolError: (failure) => {
            note("error");
            error = failure;
          },
        },
      );
      const begin: ServerPacket[] =
        random.below(5) === 0 ? [] : [{ type: "connack", sessionPresent: true, returnCode: 0 }];
      for (const block of blocks(random, stream(random, begin))) {
        const packetId = 1 + random.below(8);
        if (error === undefined) {
          switch (random.below(6)) {
            case 0:
              session.publish({ topic: "t", payload: random.bytes(3), qos: 1, dup: false, packetId });
              break;
            case 1:
              session.subscribe([{ filter: "a", qos: 1 }]);
              break;
            case 2:
              session.unsubscribe(["a"]);
              break;
            case 3:
              session.drained();
          }
        }
        session.receive(block);
      }
      if (error !== undefined) expect(error).toBeInstanceOf(ProtocolError);
      expect(events.filter((what) => what === "open" || what === "refused").length).toBeLessThanOrEqual(1);
    });
  });
});
