import type { Log, LogRecord } from "../../store/store.ts";
import type { StoredTelemetry } from "./telemetry-message.ts";

/** A message in a partition of the Event Hub-compatible endpoint. */
export interface PartitionMessage {
  /** Counts from 0 in the partition, in the order of arrival. Numbers of deleted messages are missing. */
  readonly partitionSequenceNumber: number;
  /** Rises with the sequence number, and has no other meaning. */
  readonly offset: string;
  readonly telemetry: StoredTelemetry;
}

/** The state of a partition, as an Event Hub reports it. */
export interface PartitionState {
  readonly partitionId: string;
  readonly isEmpty: boolean;
  /** The number of the oldest kept message; one more than the last number if none is kept. */
  readonly beginningSequenceNumber: number;
  /** -1 before the first message. */
  readonly lastEnqueuedSequenceNumber: number;
  /** `-1` before the first message. */
  readonly lastEnqueuedOffset: string;
  /** In milliseconds since 1970; 0 if no message is kept. */
  readonly lastEnqueuedAt: number;
}

// As far apart as small messages in Azure. An offset that follows from the number needs no separate record, and goes on
// rising after a restart.
const bytesPerOffset = 512;
const recordsPerRead = 32;

/** The kept messages of the devices that share a partition. */
export class TelemetryPartition {
  readonly id: string;
  readonly log: Log<StoredTelemetry>;

  constructor(id: string, log: Log<StoredTelemetry>) {
    this.id = id;
    this.log = log;
  }

  state(): PartitionState {
    const [oldest] = this.log.read(0, 1);
    const newest = this.log.latest().next();
    const last = this.log.last - 1;
    return {
      partitionId: this.id,
      isEmpty: this.log.size === 0,
      beginningSequenceNumber: oldest === undefined ? last + 1 : oldest[0] - 1,
      lastEnqueuedSequenceNumber: last,
      lastEnqueuedOffset: last < 0 ? "-1" : offsetOf(last),
      lastEnqueuedAt: newest.done === true ? 0 : newest.value[1].enqueuedAt,
    };
  }

  /**
   * Returns the kept messages after a sequence number, oldest first.
   *
   * @param after - -1 begins with the oldest
   * @param limit - the largest number of messages to return
   */
  read(after = -1, limit: number = Number.POSITIVE_INFINITY): PartitionMessage[] {
    return this.log.read(after + 1, limit).map(partitionMessage);
  }

  /**
   * Iterates over the kept messages after a sequence number of the hub, oldest first, a few at a time. Messages that are
   * deleted meanwhile are skipped.
   */
  *storedAfter(sequenceNumber: number): IterableIterator<StoredTelemetry> {
    let after = this.#lastUntil(sequenceNumber);
    for (;;) {
      const records = this.log.read(after, recordsPerRead);
      if (records.length === 0) return;
      for (const [number, stored] of records) {
        after = number;
        yield stored;
      }
    }
  }

  /** Returns a number below that of the first record after a sequence number of the hub, and of no earlier record. */
  #lastUntil(sequenceNumber: number): number {
    let low = 0;
    let high = this.log.last;
    while (low < high) {
      const middle = (low + high) >> 1;
      const [record] = this.log.read(middle, 1);
      if (record === undefined || record[1].sequenceNumber > sequenceNumber) high = middle;
      else low = record[0];
    }
    return low;
  }
}

/** Returns the offset of a message in its partition. */
export function offsetOf(partitionSequenceNumber: number): string {
  return String((partitionSequenceNumber + 1) * bytesPerOffset);
}

/** Returns the sequence number of the last message whose offset is at most this one. */
export function sequenceNumberAt(offset: string): number {
  return Math.floor(Number(offset) / bytesPerOffset) - 1;
}

function partitionMessage([number, telemetry]: LogRecord<StoredTelemetry>): PartitionMessage {
  const partitionSequenceNumber = number - 1;
  return { partitionSequenceNumber, offset: offsetOf(partitionSequenceNumber), telemetry };
}

/** Returns the index of the partition of a device: the same one in every hub. @source FNV-1a */
export function partitionOf(deviceId: string, partitions: number): number {
  let hash = 0x811c_9dc5;
  for (let at = 0; at < deviceId.length; at++) {
    hash = Math.imul(hash ^ deviceId.charCodeAt(at), 0x0100_0193);
  }
  return (hash >>> 0) % partitions;
}
