import type { Clock, Timer } from "@isohub/core/internal";
import { decodePropertyBag } from "@isohub/core/internal";
import type { Store } from "../../store/store.ts";
import {
  matches,
  maxTelemetryBytes,
  messageSize,
  type ReceivedTelemetry,
  type StoredTelemetry,
  type TelemetryFilter,
  type TelemetryMessage,
  telemetryMessage,
} from "./telemetry-message.ts";
import { partitionOf, TelemetryPartition } from "./telemetry-partition.ts";
import { type TelemetryLimits, TelemetryUsage } from "./telemetry-usage.ts";

/** The number of partitions of a new hub in Azure. */
const defaultPartitions = 4;
// What a message takes besides its bag and body.
const bytesPerMessage = 300;

/**
 * The latest messages of the hub, as they were received. What readers see is made when they read.
 *
 * A message is in the partition of its device ({@link partitionOf}), where it has a sequence number and an offset, as at
 * an Event Hub-compatible endpoint: read {@link TelemetryStore.partitions}, and wait for more with
 * {@link TelemetryStore.onAppend}. Over the whole hub it has another sequence number, which counts from 1. All of them
 * rise over restarts, also if no message is kept.
 *
 * A limit deletes the oldest messages of the devices that use the most, so a busy device doesn't displace the others.
 */
export class TelemetryStore {
  readonly partitions: readonly TelemetryPartition[];
  readonly #clock: Clock;
  readonly #usage: TelemetryUsage;
  readonly #waiting = new Set<{ take(message: TelemetryMessage): void; fail(reason: string): void }>();
  readonly #listeners = new Set<(partition: TelemetryPartition) => void>();
  // Every message is in one partition, so the numbers of the partitions add up to that of the hub.
  #last = 0;

  /** @param partitions - the number for a new store; an existing one keeps its own, because readers have positions in each */
  constructor(clock: Clock, store: Store, limits: TelemetryLimits, partitions: number = defaultPartitions) {
    this.#clock = clock;
    this.#usage = new TelemetryUsage(limits);
    const counts = store.table<number>("partitions");
    const length = counts.get("count") ?? partitions;
    counts.set("count", length);
    this.partitions = Array.from({ length }, (_, at) => {
      const log = store.log<StoredTelemetry>(`telemetry/${at}`, Number.POSITIVE_INFINITY);
      return new TelemetryPartition(String(at), log);
    });
    for (const { log } of this.partitions) {
      this.#last += log.last;
      for (const [number, stored] of log.read()) this.#keep(number, stored);
    }
  }

  /** Appends a message and returns its sequence number; `undefined` if the message is larger than a hub accepts. */
  add(received: ReceivedTelemetry): number | undefined {
    const { identity, bag, body, added, connection, dup } = received;
    // A property has at most three bytes for each character of the bag, so most messages need no decoding.
    if (
      body.length + 3 * bag.length > maxTelemetryBytes &&
      messageSize(body, decodePropertyBag(bag)) > maxTelemetryBytes
    ) {
      return undefined;
    }
    const sequenceNumber = ++this.#last;
    const enqueuedAt = this.#clock.now();
    const stored = { identity, bag, body, added, connection, dup, sequenceNumber, enqueuedAt };
    const partition = this.#partitionOf(identity.deviceId);
    const number = partition.log.append(stored);
    this.#keep(number, stored);
    if (this.#waiting.size > 0) {
      const message = telemetryMessage(stored);
      for (const waiter of [...this.#waiting]) waiter.take(message);
    }
    for (const listener of this.#listeners) listener(partition);
    return sequenceNumber;
  }

  /**
   * Iterates over the messages that are kept now, in order of arrival, of one identity or of all, after a sequence number.
   * What a reader sees is made one at a time, and messages that are deleted meanwhile are skipped.
   */
  *messages(filter: TelemetryFilter = {}, after = 0): IterableIterator<TelemetryMessage> {
    const last = this.#last;
    const { deviceId } = filter;
    const partitions = deviceId === undefined ? this.partitions : [this.#partitionOf(deviceId)];
    for (const stored of merge(partitions.map((partition) => partition.storedAfter(after)))) {
      if (stored.sequenceNumber > last) return;
      if (matches(stored.identity, filter)) yield telemetryMessage(stored);
    }
  }

  /** Returns what {@link TelemetryStore.messages} iterates over. */
  read(filter?: TelemetryFilter, after?: number): TelemetryMessage[] {
    return [...this.messages(filter, after)];
  }

  /** Calls `listener` with the partition of each message that arrives. Returns a function that stops it. */
  onAppend(listener: (partition: TelemetryPartition) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Resolves with the first `count` messages that pass the test, beginning with those that are kept.
   *
   * @throws {Error} after `timeoutMs`, with the number of messages that were received
   */
  wait(
    test: (message: TelemetryMessage) => boolean,
    count: number,
    timeoutMs: number,
  ): Promise<TelemetryMessage[]> {
    const found = this.read().filter(test).slice(0, count);
    if (found.length >= count) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const waiter = {
        take: (message: TelemetryMessage): void => {
          if (!test(message) || found.push(message) < count) return;
          timer?.cancel();
          this.#waiting.delete(waiter);
          resolve(found);
        },
        fail: (reason: string): void => {
          timer?.cancel();
          this.#waiting.delete(waiter);
          reject(new Error(`received ${found.length} of ${count} telemetry messages ${reason}`));
        },
      };
      this.#waiting.add(waiter);
      timer = this.#clock.setTimer(() => waiter.fail(`within ${timeoutMs} ms`), timeoutMs, false);
    });
  }

  /** Rejects all waiting readers. */
  close(): void {
    for (const waiter of [...this.#waiting]) waiter.fail("before the hub was closed");
    this.#listeners.clear();
  }

  #keep(number: number, { identity, bag, body }: ReceivedTelemetry): void {
    const bytes = body.length + bag.length + bytesPerMessage;
    this.#usage.add(identity.deviceId, { number, bytes }, this.#delete);
  }

  readonly #delete = (deviceId: string, number: number): void => {
    this.#partitionOf(deviceId).log.delete(number);
  };

  #partitionOf(deviceId: string): TelemetryPartition {
    const partition = this.partitions[partitionOf(deviceId, this.partitions.length)];
    if (partition === undefined) throw new RangeError("there must be a partition");
    return partition;
  }
}

/** Iterates over the messages of several partitions in order of arrival. */
function* merge(partitions: readonly Iterator<StoredTelemetry>[]): IterableIterator<StoredTelemetry> {
  const heads = partitions.map((partition) => ({ partition, next: partition.next() }));
  for (;;) {
    let first: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.next.done === true) continue;
      if (first === undefined || head.next.value.sequenceNumber < first.next.value.sequenceNumber)
        first = head;
    }
    if (first === undefined) return;
    yield first.next.value;
    first.next = first.partition.next();
  }
}
