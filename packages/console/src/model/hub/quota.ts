import { type HubTier, hubTiers, tierLimits } from "@isohub/emulator/control-client";

/** The use of a tier's daily quota at the rate so far. */
export interface QuotaUsage {
  /** The messages so far, counted in blocks of the tier. */
  readonly messages: number;
  /** The messages of a day at this rate. */
  readonly perDay: number;
  /** The share of the daily quota that they are. */
  readonly share: number;
}

/** Counts telemetry as every tier would. */
export class QuotaMeter {
  readonly #start: number;
  readonly #messages = new Map<HubTier, number>();

  constructor(start: number) {
    this.#start = start;
  }

  add(bytes: number): void {
    for (const tier of hubTiers) {
      const blocks = Math.max(1, Math.ceil(bytes / tierLimits[tier].bytesPerMessage));
      this.#messages.set(tier, (this.#messages.get(tier) ?? 0) + blocks);
    }
  }

  usage(tier: HubTier, now: number): QuotaUsage {
    const messages = this.#messages.get(tier) ?? 0;
    const seconds = Math.max(1, (now - this.#start) / 1000);
    const perDay = Math.round((messages / seconds) * 86_400);
    return { messages, perDay, share: perDay / tierLimits[tier].messagesPerDay };
  }
}
