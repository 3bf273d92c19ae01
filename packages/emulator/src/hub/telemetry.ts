import type { Clock, Timer } from "@isohub/core/internal";
import { decodePropertyBag, utf8Length } from "@isohub/core/internal";
import type { Log, LogRecord, Store } from "../store/store.ts";
import { isoTime } from "./clock.ts";
import type { Identity } from "./identity.ts";
import { telemetryNames } from "./system-properties.ts";

/** The largest device-to-cloud message in bytes, properties included. */
export const maxTelemetryBytes: number = 256 * 1024;

/** A message from a device, as a reader of the hub's built-in endpoint receives it. */
export interface TelemetryMessage extends Identity {
  readonly body: Uint8Array;
  /** The sender's properties. The value of a key without `=` is `null`. */
  readonly properties: Readonly<Record<string, string | null>>;
  /**
   * `messageId`, `correlationId`, `userId`, `to`, `contentType`, `contentEncoding`, `expiryTimeUtc`, `creationTimeUtc`,
   * `outputName`, `interfaceId`, `componentName`, `schema` as the sender set them, and `connectionDeviceId`,
   * `connectionModuleId`, `connectionDeviceGenerationId`, `connectionAuthMethod`, `dataSchema` from the hub.
   */
  readonly systemProperties: Readonly<Record<string, string>>;
  /** ISO 8601 in UTC. */
  readonly enqueuedTime: string;
  /** Counts from 1 over the whole hub. */
  readonly sequenceNumber: number;
  /** True if the sender marked it as a duplicate: the hub may have it twice. */
  readonly dup?: boolean;
}

/** A message as it was received, which is also how it is stored. {@link TelemetryMessage} is made of it when it is read. */
export interface ReceivedTelemetry {
  readonly identity: Identity;
  readonly bag: string;
  readonly body: Uint8Array;
  /** Properties that the hub adds, such as `mqtt-retain`. */
  readonly added?: Readonly<Record<string, string>>;
  /** System properties that the hub adds. */
  readonly connection: Readonly<Record<string, string>>;
  readonly dup: boolean;
}

/** A received message with its time of arrival, in milliseconds since 1970. */
type StoredTelemetry = ReceivedTelemetry & { readonly enqueuedAt: number };

/** The messages to wait for. */
export type TelemetryFilter = { readonly deviceId?: string; readonly moduleId?: string };

/** The latest messages of the hub. Readers can wait for the next ones. */
export class TelemetryLog {
  readonly #clock: Clock;
  readonly #messages: Log<StoredTelemetry>;
  readonly #waiting = new Set<{ take(message: TelemetryMessage): void; fail(reason: string): void }>();

  /** @param limit - the number of messages to keep */
  constructor(clock: Clock, store: Store, limit: number) {
    this.#clock = clock;
    this.#messages = store.log("telemetry", limit);
  }

  /** Appends a message and returns its sequence number; `undefined` if the message is larger than a hub accepts. */
  add(received: ReceivedTelemetry): number | undefined {
    if (messageSize(received.body, decodePropertyBag(received.bag)) > maxTelemetryBytes) return undefined;
    const stored = { ...received, enqueuedAt: this.#clock.now() };
    const sequenceNumber = this.#messages.append(stored);
    if (this.#waiting.size > 0) {
      const message = telemetryMessage([sequenceNumber, stored]);
      for (const waiter of [...this.#waiting]) waiter.take(message);
    }
    return sequenceNumber;
  }

  /** Returns the kept messages in order of arrival, of one identity or of all, after a sequence number. */
  read(filter: TelemetryFilter = {}, after = 0): TelemetryMessage[] {
    return this.#messages
      .read(after)
      .filter(([, { identity }]) => matches(identity, filter))
      .map(telemetryMessage);
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
  }
}

function telemetryMessage([sequenceNumber, stored]: LogRecord<StoredTelemetry>): TelemetryMessage {
  const { identity, body, bag, added = {}, connection, dup, enqueuedAt } = stored;
  const properties: [string, string | null][] = [];
  const system: [string, string][] = [];
  for (const [key, value] of decodePropertyBag(bag)) {
    if (key.startsWith("$.")) system.push([telemetryNames.get(key) ?? key, value ?? ""]);
    else properties.push([key, value]);
  }
  return {
    ...identity,
    body,
    properties: Object.fromEntries([...properties, ...Object.entries(added)]),
    systemProperties: Object.fromEntries([...system, ...Object.entries(connection)]),
    enqueuedTime: isoTime(enqueuedAt),
    sequenceNumber,
    ...(dup ? { dup: true } : {}),
  };
}

/** The size of a message as the hub counts it: body, property values, and the names of the sender's own properties. */
export function messageSize(
  body: Uint8Array,
  bag: readonly (readonly [key: string, value: string | null])[],
): number {
  return bag.reduce(
    (size, [key, value]) => size + utf8Length(value ?? "") + (key.startsWith("$.") ? 0 : utf8Length(key)),
    body.length,
  );
}

/** Whether a message of this identity passes a filter. */
export function matches({ deviceId, moduleId }: Identity, filter: TelemetryFilter): boolean {
  if (filter.deviceId !== undefined && deviceId !== filter.deviceId) return false;
  return filter.moduleId === undefined || moduleId === filter.moduleId;
}
