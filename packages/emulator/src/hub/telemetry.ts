import type { Clock, Timer } from "@isohub/core/internal";
import { decodePropertyBag, utf8Length } from "@isohub/core/internal";
import { isoTime } from "./clock.ts";
import type { Identity } from "./identity.ts";

/** The largest device-to-cloud message in bytes, properties included. */
export const maxTelemetryBytes: number = 256 * 1024;

/** A message from a device, as a reader of the hub's built-in endpoint gets it. */
export interface TelemetryMessage extends Identity {
  readonly body: Uint8Array;
  /** What the sender set. A key without a value reads as `null`. */
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
  /** True when the sender marked it as sent before: it may be here twice. */
  readonly dup?: boolean;
}

/** @source IoT Hub documentation, "Communicate with your IoT hub using the MQTT protocol"; the SDKs' own tables */
const systemNames: ReadonlyMap<string, string> = new Map([
  ["$.mid", "messageId"],
  ["$.cid", "correlationId"],
  ["$.uid", "userId"],
  ["$.to", "to"],
  ["$.ct", "contentType"],
  ["$.ce", "contentEncoding"],
  ["$.exp", "expiryTimeUtc"],
  ["$.ctime", "creationTimeUtc"],
  ["$.on", "outputName"],
  ["$.ifid", "interfaceId"],
  ["$.sub", "componentName"],
  ["$.schema", "schema"],
]);

/** A message on its way in, before the hub has counted it. */
export interface ReceivedTelemetry {
  readonly identity: Identity;
  readonly bag: string;
  readonly body: Uint8Array;
  /** Properties the hub adds, such as `mqtt-retain`. */
  readonly added?: Readonly<Record<string, string>>;
  /** System properties the hub adds. */
  readonly connection: Readonly<Record<string, string>>;
  readonly dup: boolean;
}

/** Which messages to wait for. */
export type TelemetryFilter = { readonly deviceId?: string; readonly moduleId?: string };

/** Keeps the last messages of the hub for reading, and lets readers wait for the next. */
export class TelemetryLog {
  readonly #clock: Clock;
  readonly #limit: number;
  #messages: TelemetryMessage[] = [];
  #lastSequenceNumber = 0;
  readonly #waiting = new Set<{ take(message: TelemetryMessage): void; fail(reason: string): void }>();

  constructor(clock: Clock, limit: number) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** Takes a message in; `undefined` when it is larger than a hub takes. */
  add(received: ReceivedTelemetry): TelemetryMessage | undefined {
    const properties: [string, string | null][] = [];
    const system: [string, string][] = [];
    const bag = decodePropertyBag(received.bag);
    if (messageSize(received.body, bag) > maxTelemetryBytes) return undefined;
    for (const [key, value] of bag) {
      if (key.startsWith("$.")) system.push([systemNames.get(key) ?? key, value ?? ""]);
      else properties.push([key, value]);
    }
    const message: TelemetryMessage = {
      ...received.identity,
      body: received.body,
      properties: Object.fromEntries([...properties, ...Object.entries(received.added ?? {})]),
      systemProperties: Object.fromEntries([...system, ...Object.entries(received.connection)]),
      enqueuedTime: isoTime(this.#clock.now()),
      sequenceNumber: ++this.#lastSequenceNumber,
      ...(received.dup ? { dup: true } : {}),
    };
    this.#messages.push(message);
    // Cut in blocks: a shift a message would move the whole array each time.
    if (this.#messages.length > this.#limit * 2) this.#messages = this.#messages.slice(-this.#limit);
    for (const waiter of [...this.#waiting]) waiter.take(message);
    return message;
  }

  /** The kept messages in order of arrival, of one device or of all, after a sequence number. */
  read(filter: TelemetryFilter = {}, after = 0): TelemetryMessage[] {
    const kept = this.#limit === 0 ? [] : this.#messages.slice(-this.#limit);
    return kept.filter((message) => message.sequenceNumber > after && matches(message, filter));
  }

  /**
   * Resolves with the first `count` messages that the test takes, kept ones first.
   *
   * @throws {Error} after `timeoutMs`, saying how many had come
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
          reject(new Error(`${found.length} of ${count} telemetry messages came before ${reason}`));
        },
      };
      this.#waiting.add(waiter);
      timer = this.#clock.setTimer(() => waiter.fail(`${timeoutMs} ms were over`), timeoutMs, false);
    });
  }

  /** Fails everyone who still waits. */
  close(): void {
    for (const waiter of [...this.#waiting]) waiter.fail("the hub was closed");
  }
}

/** How large the hub takes a message to be: its body, the values of its properties, the names of those of its sender. */
export function messageSize(
  body: Uint8Array,
  bag: readonly (readonly [key: string, value: string | null])[],
): number {
  return bag.reduce(
    (size, [key, value]) => size + utf8Length(value ?? "") + (key.startsWith("$.") ? 0 : utf8Length(key)),
    body.length,
  );
}

/** Whether a message is from the device (and module) of a filter. */
export function matches(message: TelemetryMessage, filter: TelemetryFilter): boolean {
  if (filter.deviceId !== undefined && message.deviceId !== filter.deviceId) return false;
  return filter.moduleId === undefined || message.moduleId === filter.moduleId;
}
