/** The tiers of Azure, with one unit. The basic ones have no twins, methods or cloud-to-device messages. */
export const hubTiers = ["F1", "B1", "B2", "B3", "S1", "S2", "S3"] as const;

/** A tier of Azure. */
export type HubTier = (typeof hubTiers)[number];

/** An operation of devices that is limited in number per second; services read and update twins, too. */
export type ThrottledOperation = "connect" | "send" | "twinRead" | "twinUpdate";

/** An operation of services that is limited in number per minute. */
export type ServiceOperation = "registry" | "query" | "c2d" | "jobs" | "configurations";

/** The limits of a tier: a daily quota of messages, counted in blocks of bytes, and rates per second. */
export interface TierLimits extends Readonly<Record<ThrottledOperation, number>> {
  /** Whether the tier has no twins, methods and cloud-to-device messages. */
  readonly isBasic?: boolean;
  readonly messagesPerDay: number;
  /** The bytes that count as one message. */
  readonly bytesPerMessage: number;
  /** The bytes per second of requests and responses of direct methods, counted in blocks of 4 KB. */
  readonly methodBytes: number;
  readonly servicePerMinute: Readonly<Record<ServiceOperation, number>>;
}

const small: Omit<TierLimits, "messagesPerDay" | "bytesPerMessage"> = {
  ...{ connect: 100, send: 100, twinRead: 100, twinUpdate: 50, methodBytes: 160 * 1024 },
  servicePerMinute: { registry: 100, query: 20, c2d: 100, jobs: 100, configurations: 20 },
};
const one: TierLimits = { ...small, messagesPerDay: 400_000, bytesPerMessage: 4096 };
const two: TierLimits = {
  ...small,
  ...{ connect: 120, send: 120, methodBytes: 480 * 1024, messagesPerDay: 6_000_000, bytesPerMessage: 4096 },
};
const three: TierLimits = {
  ...{ connect: 6000, send: 6000, twinRead: 500, twinUpdate: 250, methodBytes: 24 * 1024 * 1024 },
  ...{ messagesPerDay: 300_000_000, bytesPerMessage: 4096 },
  servicePerMinute: { registry: 5000, query: 1000, c2d: 5000, jobs: 5000, configurations: 20 },
};

/**
 * The limits of each tier, with one unit.
 *
 * @source IoT Hub documentation, "IoT Hub quotas and throttling" and "Choose the right IoT Hub tier for your solution"
 */
export const tierLimits: Readonly<Record<HubTier, TierLimits>> = {
  F1: { ...small, messagesPerDay: 8_000, bytesPerMessage: 512 },
  B1: { ...one, isBasic: true },
  B2: { ...two, isBasic: true },
  B3: { ...three, isBasic: true },
  S1: one,
  S2: two,
  S3: three,
};
