import fc from "fast-check";
import { expect } from "vitest";
import { asEvent, readByMqttPacket } from "../../packages/core/test/mqtt-packet.ts";
import { type ParserEvent, RecordingSink } from "../../packages/core/test/recording-sink.ts";
import { hubBytes } from "../packets.ts";
import { sizes, split } from "../split.ts";
import { defineTarget, type Target } from "../target.ts";

/**
 * The lean engine's parser: bytes are read the same however they are split, as mqtt-packet reads them up to the first fault, and
 * rejected at most once.
 */
export const hubPackets: Target = defineTarget(
  "hub-packets",
  fc.record({ bytes: hubBytes, sizes }),
  ({ bytes, sizes: cuts }) => {
    const whole = new RecordingSink();
    whole.parser.push(bytes.slice());
    const parts = new RecordingSink();
    for (const part of split(bytes, cuts)) parts.parser.push(part);
    if (textOf(parts.events) !== textOf(whole.events)) expect(parts.events).toEqual(whole.events);
    const valid = whole.events.filter(({ type }) => type !== "malformed");
    expect(whole.events.length - valid.length).toBeLessThanOrEqual(1);
    if (valid.length < whole.events.length) expect(whole.events.at(-1)?.type).toBe("malformed");
    const theirs = readByMqttPacket(bytes).slice(0, valid.length).map(asEvent);
    if (textOf(theirs) !== textOf(valid)) expect(valid).toEqual(theirs);
  },
);

/** Comparing strings takes a fraction of the time. */
function textOf(events: readonly ParserEvent[]): string {
  return JSON.stringify(
    events.map((event) =>
      event.type === "publish" ? { ...event, payload: Buffer.from(event.payload).toString("latin1") } : event,
    ),
  );
}
