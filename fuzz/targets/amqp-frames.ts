import fc from "fast-check";
import { expect } from "vitest";
import { parseAddress } from "../../packages/emulator/src/amqp/address.ts";
import { FrameScanner } from "../../packages/emulator/src/amqp/rhea/frame-scanner.ts";
import { acceptSocket, createServerConnection } from "../../packages/emulator/src/amqp/rhea/rhea.ts";
import { parsePosition } from "../../packages/emulator/src/amqp/services/event-position.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

const maxFrameSize = 4096;
const header = fc.constantFrom(0, 3).map((protocol) => [0x41, 0x4d, 0x51, 0x50, protocol, 1, 0, 0]);
// Types that have a length or a count, or none: where a decoder could go astray.
const typeCodes = [
  0x00, 0x40, 0x43, 0x45, 0x50, 0x53, 0x70, 0x80, 0x83, 0xa0, 0xa1, 0xb1, 0xc0, 0xd0, 0xd1, 0xe0, 0xf0,
];
const octet = fc.oneof(fc.constantFrom(...typeCodes, 0xff), fc.integer({ min: 0, max: 255 }));
const performative = fc.tuple(fc.integer({ min: 0x10, max: 0x44 }), fc.array(octet, { maxLength: 60 }));
const frame = fc.tuple(fc.constantFrom(0, 1), performative).map(([type, [code, body]]) => {
  const content = [2, type, 0, 0, 0x00, 0x53, code, ...body];
  return [0, 0, 0, content.length + 4, ...content];
});
const part = fc.oneof(header, frame, fc.array(octet, { maxLength: 20 }));

/** Bytes of AMQP clients: the result doesn't depend on how they are split, and the decoder ends with each. */
export const amqpFrames: Target = defineTarget(
  "amqp-frames",
  fc.record({ first: header, parts: fc.array(part, { maxLength: 8 }), sizes }),
  ({ first, parts, sizes: cuts }) => {
    const bytes = Uint8Array.from([...first, ...parts.flat()]);
    const pieces = split(bytes, cuts);
    expect(scan(pieces)).toEqual(scan([bytes]));
    decode(bytes);
  },
);

/** Addresses and filters of links. */
export const amqpAddresses: Target = defineTarget(
  "amqp-addresses",
  fc.array(
    fc.oneof(
      fc.constantFrom(
        "/",
        "devices",
        "messages",
        "events",
        "twin",
        "%2F",
        "$cbs",
        "amqps://",
        "ConsumerGroups",
      ),
      fc.string({ maxLength: 10 }),
    ),
  ),
  (words) => {
    const text = words.join("");
    const node = parseAddress(text);
    if (node?.kind === "events") expect(node.partition).not.toBe("");
    if (node?.kind === "device") expect(node.identity.deviceId).not.toBe("");
    parsePosition(text);
  },
);

function scan(pieces: readonly Uint8Array[]): string {
  const scanner = new FrameScanner(maxFrameSize);
  const accepted: number[] = [];
  try {
    for (const piece of pieces) for (const { bytes } of scanner.scan(piece)) accepted.push(...bytes);
    return Buffer.from(accepted).toString("hex");
  } catch (error) {
    return (error as Error).message;
  }
}

function decode(bytes: Uint8Array): void {
  const connection = createServerConnection({
    containerId: "fuzz",
    maxFrameSize,
    idleTimeoutMs: 0,
    creditWindow: 10,
    sasl: { plain: async () => false, onEnd: () => {} },
  });
  const ignore = (): void => {};
  for (const name of [
    "error",
    "protocol_error",
    "connection_error",
    "session_error",
    "disconnected",
    "sender_error",
    "receiver_error",
  ]) {
    connection.on(name, ignore);
  }
  let onData: ((data?: Buffer) => void) | undefined;
  acceptSocket(connection, {
    on: (event, listener) => {
      if (event === "data") onData = listener;
    },
    write: ignore,
    end: ignore,
    destroy: ignore,
  });
  onData?.(Buffer.from(bytes));
}
