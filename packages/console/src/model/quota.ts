/** A tier of IoT Hub. @source IoT Hub, "Choose the right tier", "Quotas and throttling" */
export interface Tier {
  readonly label: string;
  readonly perDay: number;
  /** The bytes that count as one message. */
  readonly unitBytes: number;
}

/** The tiers of IoT Hub. */
export const tiers: Readonly<Record<string, Tier>> = {
  free: { label: "Free", perDay: 8000, unitBytes: 512 },
  s1: { label: "S1", perDay: 400_000, unitBytes: 4096 },
  s2: { label: "S2", perDay: 6_000_000, unitBytes: 4096 },
  s3: { label: "S3", perDay: 300_000_000, unitBytes: 4096 },
};

/** Counts telemetry in the units of every tier. */
export class QuotaMeter {
  readonly #start: number;
  readonly #units = new Map<string, number>();
  #messages = 0;

  constructor(start: number) {
    this.#start = start;
  }

  get messages(): number {
    return this.#messages;
  }

  add(bytes: number): void {
    this.#messages += 1;
    for (const [name, { unitBytes }] of Object.entries(tiers)) {
      this.#units.set(name, (this.#units.get(name) ?? 0) + Math.max(1, Math.ceil(bytes / unitBytes)));
    }
  }

  /** Returns the units so far, the units per day at this rate, and their share of the daily quota. */
  usage(
    tier: string,
    now: number,
  ): { readonly units: number; readonly perDay: number; readonly share: number } {
    const units = this.#units.get(tier) ?? 0;
    const seconds = Math.max(1, (now - this.#start) / 1000);
    const perDay = Math.round((units / seconds) * 86_400);
    return { units, perDay, share: perDay / (tiers[tier]?.perDay ?? 1) };
  }
}
