import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../store/store.ts";
import { HubError } from "./hub-error.ts";

/** The tiers of Azure, with one unit. */
export const hubTiers = ["F1", "S1", "S2", "S3"] as const;

/** A tier of Azure. */
export type HubTier = (typeof hubTiers)[number];

/** The operations that are limited in number per second. */
export type ThrottledOperation = "connect" | "send" | "twinRead" | "twinUpdate";

/** The limits of a tier: a daily quota of messages, counted in blocks of bytes, and rates per second. */
interface TierLimits extends Readonly<Record<ThrottledOperation, number>> {
  readonly messagesPerDay: number;
  readonly bytesPerMessage: number;
  /** Of requests and responses of direct methods, counted in blocks of 4 KB. */
  readonly methodBytes: number;
}

const small = { connect: 100, send: 100, twinRead: 100, twinUpdate: 50, methodBytes: 160 * 1024 };

/** @source IoT Hub documentation, "IoT Hub quotas and throttling" */
const limitsOf: Readonly<Record<HubTier, TierLimits>> = {
  F1: { ...small, messagesPerDay: 8_000, bytesPerMessage: 512 },
  S1: { ...small, messagesPerDay: 400_000, bytesPerMessage: 4096 },
  S2: {
    ...{ connect: 120, send: 120, twinRead: 100, twinUpdate: 50, methodBytes: 480 * 1024 },
    ...{ messagesPerDay: 6_000_000, bytesPerMessage: 4096 },
  },
  S3: {
    ...{ connect: 6000, send: 6000, twinRead: 500, twinUpdate: 250, methodBytes: 24 * 1024 * 1024 },
    ...{ messagesPerDay: 300_000_000, bytesPerMessage: 4096 },
  },
};

const methodBlock = 4096;
const dayMs = 86_400_000;
// The hub delays what exceeds a rate for a moment before it refuses. Here, that is a burst of two seconds.
const burstSeconds = 2;

/** The limits and throttles of a tier. Without a tier, nothing is limited. */
export class Throttles {
  readonly #clock: Clock;
  readonly #limits: TierLimits | undefined;
  readonly #usage: Table<number>;
  readonly #buckets = new Map<string, { level: number; at: number }>();

  constructor(clock: Clock, store: Store, tier: HubTier | undefined) {
    this.#clock = clock;
    this.#limits = tier === undefined ? undefined : limitsOf[tier];
    // The messages of each day since 1970; only the latest is kept.
    this.#usage = store.table("quota");
  }

  /** Counts an operation. Returns whether the hub carries it out. */
  allows(operation: ThrottledOperation): boolean {
    return this.#limits === undefined || this.#take(operation, this.#limits[operation], 1);
  }

  /** Counts a twin request of a device. Returns the answer if the hub refuses it. */
  onTwin(
    operation: "get" | "patch",
  ): { status: number; retryAfterSeconds: number; detail: string } | undefined {
    if (this.allows(operation === "get" ? "twinRead" : "twinUpdate")) return undefined;
    return { status: 429, retryAfterSeconds: 1, detail: "The rate of twin requests is exceeded." };
  }

  /** Counts the request or response of a direct method. @throws {HubError} ThrottlingException */
  countMethod(bytes: number): void {
    if (this.#limits === undefined) return;
    const size = Math.max(1, Math.ceil(bytes / methodBlock)) * methodBlock;
    if (!this.#take("method", this.#limits.methodBytes, size)) throw throttled("direct methods");
  }

  /**
   * Counts a message of a device.
   *
   * @throws {HubError} IotHubQuotaExceeded when the messages of the day are used up; ThrottlingException
   */
  countMessage(bytes: number): void {
    if (this.#limits === undefined) return;
    const { messagesPerDay, bytesPerMessage } = this.#limits;
    const messages = Math.max(1, Math.ceil(bytes / bytesPerMessage));
    const day = String(Math.floor(this.#clock.now() / dayMs));
    const used = this.#usage.get(day) ?? 0;
    if (used + messages > messagesPerDay) {
      throw new HubError("IotHubQuotaExceeded", `the daily quota of ${messagesPerDay} messages is used up`);
    }
    if (!this.allows("send")) throw throttled("messages of devices");
    for (const [other] of [...this.#usage.entries()]) if (other !== day) this.#usage.delete(other);
    this.#usage.set(day, used + messages);
  }

  #take(name: string, perSecond: number, amount: number): boolean {
    const now = this.#clock.now();
    const capacity = perSecond * burstSeconds;
    const bucket = this.#buckets.get(name) ?? { level: capacity, at: now };
    this.#buckets.set(name, bucket);
    const refill = (Math.max(0, now - bucket.at) * perSecond) / 1000;
    bucket.level = Math.min(capacity, bucket.level + refill);
    bucket.at = now;
    if (bucket.level < amount) return false;
    bucket.level -= amount;
    return true;
  }
}

function throttled(what: string): HubError {
  return new HubError("ThrottlingException", `the rate of ${what} is exceeded`);
}
