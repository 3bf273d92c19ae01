import { describe, expect, it } from "vitest";
import { systemClock } from "../../hub/clock.ts";
import { TelemetryStore } from "../../hub/telemetry/telemetry.ts";
import { MemoryStore } from "../../store/memory-store.ts";
import { parsePosition, startOf } from "./event-position.ts";

let now = 0;
const clock = { ...systemClock, now: () => now };
const store = new TelemetryStore(clock, new MemoryStore(), {
  messages: 4,
  bytes: 1e9,
  bytesPerDevice: 1e9,
});
const sent = Array.from({ length: 6 }, () => {
  now += 1000;
  store.add({ identity: { deviceId: "d" }, bag: "", body: new Uint8Array(), connection: {}, dup: false });
  return now;
});
const [partition] = store.partitions.filter(({ log }) => log.size > 0);
const offsets = partition?.read().map(({ offset }) => offset) ?? [];

/** Returns the sequence numbers that a reader with a filter receives; 0 and 1 have been deleted. */
function readWith(filter: string): number[] {
  if (partition === undefined) throw new Error("there must be messages");
  return partition
    .read(startOf(partition, parsePosition(filter)))
    .map((each) => each.partitionSequenceNumber);
}

describe("the position of a reader", () => {
  it.each([
    ["x-opt-offset > '-1'", [2, 3, 4, 5]],
    ["x-opt-offset > '@latest'", []],
    [`x-opt-offset > '${offsets[0]}'`, [3, 4, 5]],
    [`x-opt-offset >= '${offsets[0]}'`, [2, 3, 4, 5]],
    ["x-opt-sequence-number > '3'", [4, 5]],
    ["x-opt-sequence-number >= '3'", [3, 4, 5]],
    ["x-opt-sequence-number > '5'", []],
    ["x-opt-sequence-number > 4", [5]],
    [`x-opt-enqueued-time > '${sent[3]}'`, [4, 5]],
    [`x-opt-enqueuedtimeutc >= '${sent[3]}'`, [3, 4, 5]],
    ["x-opt-enqueued-time > '0'", [2, 3, 4, 5]],
    [`x-opt-enqueued-time > '${sent[5]}'`, []],
    // A checkpoint of a hub that has lost its messages.
    ["x-opt-sequence-number > '100'", [2, 3, 4, 5]],
    ["x-opt-offset > '999999'", [2, 3, 4, 5]],
  ])("is that of the filter %s", (filter, numbers) => {
    expect(readWith(`amqp.annotation.${filter}`)).toEqual(numbers);
  });

  it.each(["x-opt-partition-key > '1'", "x-opt-offset < '1'", "x-opt-offset > 'a'", "1 = 1"])(
    "can't be %s",
    (filter) => {
      expect(parsePosition(`amqp.annotation.${filter}`)).toBeUndefined();
    },
  );
});
