import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { isoTime } from "../clock.ts";
import { HubError } from "../hub-error.ts";
import {
  type HubTier,
  type ServiceOperation,
  type ThrottledOperation,
  type TierLimits,
  tierLimits,
} from "./tiers.ts";

const methodBlock = 4096;
const dayMs = 86_400_000;
const serviceNames: Readonly<Record<ServiceOperation, string>> = {
  registry: "registry operations",
  query: "queries",
  c2d: "cloud-to-device messages",
  jobs: "job operations",
  configurations: "configuration operations",
};
// The hub delays what exceeds a rate for a moment before it refuses. Here, that is a burst of two seconds.
const burstSeconds = 2;

/** The limits of a hub, and how much of its daily quota is used. */
export interface HubQuota {
  /** The tier of the hub. Without one, nothing is limited or counted. */
  readonly tier?: HubTier;
  /** The limits of the tier. */
  readonly limits?: TierLimits;
  /** The messages of this day (UTC), counted in blocks of `bytesPerMessage`. */
  readonly usedToday: number;
  /** The end of this day (UTC), ISO 8601. */
  readonly resetsAt: string;
  /** The number of refused operations since the hub started, by the name of the limit that they exceeded. */
  readonly refused: Readonly<Record<string, number>>;
}

/** The limits and throttles of a tier. Without a tier, nothing is limited. */
export class Throttles {
  readonly #clock: Clock;
  readonly #tier: HubTier | undefined;
  readonly #limits: TierLimits | undefined;
  readonly #usage: Table<number>;
  readonly #buckets = new Map<string, { level: number; at: number }>();
  readonly #refused = new Map<string, number>();

  constructor(clock: Clock, store: Store, tier: HubTier | undefined) {
    this.#clock = clock;
    this.#tier = tier;
    this.#limits = tier === undefined ? undefined : tierLimits[tier];
    // The messages of each day since 1970; only the latest is kept.
    this.#usage = store.table("quota");
  }

  /** Counts a request of a service. @throws {HubError} ThrottlingException */
  countService(operation: ServiceOperation): void {
    if (this.#limits === undefined) return;
    const perMinute = this.#limits.servicePerMinute[operation];
    if (!this.#take(operation, perMinute / 60, 1, perMinute)) {
      throw throttled(serviceNames[operation], `: ${perMinute} a minute`);
    }
  }

  /**
   * Checks that the tier isn't a basic one: it has twins, methods and cloud-to-device messages.
   *
   * @throws {HubError} OperationNotAvailableInCurrentTier
   */
  requireStandard(): void {
    if (this.isBasic) {
      throw new HubError(
        "OperationNotAvailableInCurrentTier",
        "The operation needs a standard tier of the hub.",
      );
    }
  }

  /** Whether the tier is a basic one. */
  get isBasic(): boolean {
    return this.#limits?.isBasic === true;
  }

  /** Counts an operation. Returns whether the hub carries it out. */
  allows(operation: ThrottledOperation): boolean {
    return this.#limits === undefined || this.#take(operation, this.#limits[operation], 1);
  }

  /** Counts a twin request of a service. @throws {HubError} ThrottlingException */
  countTwin(operation: "twinRead" | "twinUpdate"): void {
    if (!this.allows(operation)) throw throttled("twin requests");
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
    if (!this.#take("methodBytes", this.#limits.methodBytes, size)) throw throttled("direct methods");
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
    const day = this.#day;
    const used = this.#usage.get(day) ?? 0;
    if (used + messages > messagesPerDay) {
      this.#countRefusal("messagesPerDay");
      throw new HubError("IotHubQuotaExceeded", `the daily quota of ${messagesPerDay} messages is used up`);
    }
    if (!this.allows("send")) throw throttled("messages of devices");
    for (const [other] of [...this.#usage.entries()]) if (other !== day) this.#usage.delete(other);
    this.#usage.set(day, used + messages);
  }

  /** The limits, and how much of them is used. */
  get quota(): HubQuota {
    return {
      ...(this.#tier === undefined ? {} : { tier: this.#tier }),
      ...(this.#limits === undefined ? {} : { limits: this.#limits }),
      usedToday: this.#usage.get(this.#day) ?? 0,
      resetsAt: isoTime((Number(this.#day) + 1) * dayMs),
      refused: Object.fromEntries(this.#refused),
    };
  }

  get #day(): string {
    return String(Math.floor(this.#clock.now() / dayMs));
  }

  #countRefusal(limit: string): void {
    this.#refused.set(limit, (this.#refused.get(limit) ?? 0) + 1);
  }

  #take(
    name: string,
    perSecond: number,
    amount: number,
    capacity: number = perSecond * burstSeconds,
  ): boolean {
    const now = this.#clock.now();
    const bucket = this.#buckets.get(name) ?? { level: capacity, at: now };
    this.#buckets.set(name, bucket);
    const refill = (Math.max(0, now - bucket.at) * perSecond) / 1000;
    bucket.level = Math.min(capacity, bucket.level + refill);
    bucket.at = now;
    if (bucket.level < amount) {
      this.#countRefusal(name);
      return false;
    }
    bucket.level -= amount;
    return true;
  }
}

function throttled(operations: string, detail = ""): HubError {
  return new HubError("ThrottlingException", `the rate of ${operations} is exceeded${detail}`);
}
