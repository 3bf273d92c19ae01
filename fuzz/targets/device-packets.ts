import fc from "fast-check";
import { expect } from "vitest";
import {
  asClientEvent,
  type ClientEvent,
  ClientRecordingSink,
} from "../../packages/core/test/client-packet-sink.ts";
import { readByMqttPacket } from "../../packages/core/test/mqtt-packet.ts";
import { MemoryServer, settle } from "../../packages/emulator/src/testing/memory-server.ts";
import { packets } from "../../packages/emulator/src/testing/raw-client.ts";
import { editedBytes } from "../edits.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

const connect = packets.connect("d1", "localhost/d1/?api-version=1", "password");
const sent = fc.array(
  fc.constantFrom(
    packets.subscribe(1, ["$iothub/twin/res/#", 0], ["devices/d1/messages/devicebound/#", 1]),
    packets.subscribe(2, ["$iothub/twin/#", 1], ["$iothub/methods/+/#", 2]),
    packets.publish("devices/d1/messages/events/a=b", "body"),
    packets.publish("devices/d1/messages/events/%24.ct=x", "x".repeat(300), 3),
    packets.publish("$iothub/twin/GET/?$rid=1", " ", 1, 0),
    packets.publish("$iothub/twin/PATCH/properties/reported/?$rid=2", '{"a":1}', 2),
    packets.publish("$iothub/methods/res/200/?$rid=1", "{}", 4),
    packets.puback(1),
    packets.pingreq(),
    packets.disconnect(),
  ),
  { minLength: 1, maxLength: 8 },
);
/** The length of a run of equal packets, in bytes. Comparing thousands of events takes longer than parsing them. */
const longestRun = 8 * 1024;
const bytesAfter = (first: Uint8Array): fc.Arbitrary<Uint8Array> =>
  editedBytes(
    sent.map((list) => new Uint8Array(Buffer.concat([first, ...list]))),
    longestRun,
  );

/**
 * The server's parser: bytes are read the same however they are split, as mqtt-packet reads them up to the first fault, and
 * rejected at most once.
 */
export const devicePackets: Target = defineTarget(
  "device-packets",
  fc.record({ bytes: bytesAfter(connect), sizes }),
  ({ bytes, sizes: cuts }) => {
    const whole = new ClientRecordingSink();
    whole.parser.push(bytes.slice());
    const parts = new ClientRecordingSink();
    for (const part of split(bytes, cuts)) parts.parser.push(part);
    expect(textOf(parts.events)).toBe(textOf(whole.events));
    const valid = whole.events.filter(({ type }) => type !== "malformed");
    expect(whole.events.length - valid.length).toBeLessThanOrEqual(1);
    if (valid.length < whole.events.length) expect(whole.events.at(-1)?.type).toBe("malformed");
    // mqtt-packet reads a CONNECT of another version by other rules.
    if (valid.some((event) => "protocol" in event)) return;
    const theirs = readByMqttPacket(bytes).slice(0, valid.length).map(asClientEvent);
    expect(textOf(valid)).toBe(textOf(theirs));
  },
);

/** Strings are compared in a fraction of the time. */
function textOf(events: readonly ClientEvent[]): string {
  return JSON.stringify(events, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value,
  );
}

/**
 * A session of the hub without sockets: whatever a device sends, every answer is a packet that a client accepts, CONNACK comes
 * first, nothing follows the end of the connection, and the next connection works.
 */
export const deviceSessions: Target = defineTarget(
  "device-sessions",
  fc.record({ bytes: bytesAfter(new Uint8Array()), sizes, loses: fc.boolean() }),
  async ({ bytes, sizes: cuts, loses }) => {
    const server = new MemoryServer();
    const wire = server.open();
    wire.receive(await server.connectBytes(), ...split(bytes, cuts));
    for (let turn = 0; turn < 20 && wire.blocks.length === 0 && wire.closed === undefined; turn++)
      await settle();
    await settle();
    const answers = Buffer.concat(wire.blocks);
    const read = readByMqttPacket(answers);
    const first = read[0];
    if (first !== undefined) expect(first.cmd).toBe("connack");
    expect(read.filter(({ cmd }) => cmd === "connack").length).toBeLessThanOrEqual(1);
    const blocks = wire.blocks.length;
    if (loses) wire.lose();
    const wasClosed = wire.closed !== undefined || loses;
    const next = await server.connect();
    expect(next.closed).toBeUndefined();
    // The device is taken over, unless its connection had ended before.
    if (wasClosed) expect(wire.blocks).toHaveLength(blocks);
    else expect(wire.closed).toBe("end");
    server.close();
    expect(server.hub.sessions.list()).toEqual([]);
  },
);
