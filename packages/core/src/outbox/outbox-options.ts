import { ArgumentError, mustBe } from "../errors.ts";
import { never } from "../util/clock.ts";
import { checkOptions, checkTimeout } from "../util/deadline.ts";
import { MemoryOutboxStore } from "./memory-outbox-store.ts";
import type { EnqueueOptions, OutboxPriority } from "./outbox.ts";
import type { OutboxStore } from "./outbox-store.ts";

/** The options of `createOutbox`. */
export interface OutboxOptions {
  /**
   * The place for the messages: `fileOutboxStore` on Node and Deno, `indexedDbOutboxStore` in pages, or your own
   * {@link OutboxStore}. Defaults to memory, which lasts as long as the program. The messages of every store are also in memory.
   */
  store?: OutboxStore | undefined;
  /** The largest number of messages. Default 10,000: a message every 10 s for a day. */
  maxMessages?: number | undefined;
  /** The largest size of all messages, with properties, in bytes. Default 16 MiB, for the memory and flash of small devices. */
  maxBytes?: number | undefined;
  /**
   * The time after which a message that the hub hasn't acknowledged is discarded, in milliseconds. For a message that is accepted while
   * the clock shows a time before 2025, as on devices that start in 1970, it begins when the clock is set. Default `Infinity`.
   */
  timeToLiveMs?: number | undefined;
  /**
   * The treatment of a message that exceeds a limit. `rejectNew`, the default, rejects it with `outbox_full`, so that nothing accepted
   * is lost; `dropOldest` makes room by dropping the oldest messages of the lowest priority, if that isn't higher than its own, as far
   * as they haven't been sent. Greengrass calls them `RejectNewData` and `OverwriteOldestData`.
   */
  strategyOnFull?: "rejectNew" | "dropOldest" | undefined;
  /** The largest number of messages that are sent per second, also after a long absence. Default `Infinity`. */
  drainRate?: number | undefined;
  /**
   * The largest number of messages in flight. The others wait, so that one with a higher priority can overtake them. Default 100: 1000
   * messages per second at a round-trip time of 0.1 s.
   */
  maxInFlight?: number | undefined;
}

/** The options of an outbox, checked. */
export type OutboxRules = {
  readonly [TName in keyof OutboxOptions]-?: Exclude<OutboxOptions[TName], undefined>;
};

const isInteger = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) > 0;
const isPositive = (value: unknown): boolean => typeof value === "number" && value > 0;
const storeMethods = ["open", "append", "remove", "close"];

/** The rule, its test and the default of each option. */
const options: Readonly<
  Record<keyof OutboxOptions, readonly [string, (value: unknown) => boolean, unknown]>
> = {
  store: [
    `an object with the methods ${storeMethods.join(", ")}`,
    (value) => storeMethods.every((name) => typeof Reflect.get(Object(value), name) === "function"),
    undefined,
  ],
  maxMessages: ["an integer greater than 0", isInteger, 10_000],
  maxBytes: ["an integer greater than 0", isInteger, 16 * 1024 * 1024],
  timeToLiveMs: ["a number of milliseconds greater than 0", isPositive, never],
  strategyOnFull: [
    "'rejectNew' or 'dropOldest'",
    (value) => value === "rejectNew" || value === "dropOldest",
    "rejectNew",
  ],
  drainRate: ["a number of messages per second greater than 0", isPositive, never],
  maxInFlight: ["an integer from 1 to 1000", (value) => isInteger(value) && Number(value) <= 1000, 100],
};

/** @throws {ArgumentError} `unknown_option`, `invalid_argument` */
export function readOutboxOptions(given: OutboxOptions): OutboxRules {
  checkOptions(given);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(options, name));
  if (unknown !== undefined) {
    throw new ArgumentError(
      "unknown_option",
      `Unsupported option '${unknown}' of the outbox; the options are ${Object.keys(options).join(", ")}`,
    );
  }
  const rules: Record<string, unknown> = {};
  for (const [name, [rule, isValid, byDefault]] of Object.entries(options)) {
    const value = given[name as keyof OutboxOptions];
    if (value !== undefined && !isValid(value)) throw mustBe(name, value, rule);
    rules[name] = value ?? byDefault ?? new MemoryOutboxStore();
  }
  return rules as unknown as OutboxRules;
}

/** The priorities, the first to send first. */
export const priorities: readonly OutboxPriority[] = ["high", "normal", "low"];

/** @throws {ArgumentError} `invalid_argument` */
export function readEnqueueOptions({ priority = "normal", timeToLiveMs }: EnqueueOptions): {
  readonly priority: number;
  readonly timeToLiveMs: number | undefined;
} {
  const order = priorities.indexOf(priority);
  if (order < 0) throw mustBe("priority", priority, "'high', 'normal' or 'low'");
  if (timeToLiveMs !== undefined) checkTimeout("timeToLiveMs", timeToLiveMs);
  return { priority: order, timeToLiveMs };
}
