import { asError } from "@isohub/core/internal";
import type { Clock, Timer } from "@isohub/core/runtime";
import { messageNumberProperty } from "../checks/references.ts";
import { identityName } from "../plan/identity.ts";
import type { DeliveryLedger } from "../statistics/delivery-ledger.ts";
import type { Schedule } from "../time/schedule.ts";
import type { LocalHub } from "./local-hub.ts";

const intervalMs = 500;
// A busy hub takes seconds to answer. After an abort, there is less time.
const answerLimitMs = 30_000;
const abortedLimitMs = 2000;

/** Reads the messages that the local hub holds, often enough that it needn't keep many. */
export class HubReader {
  readonly #hub: LocalHub;
  readonly #ledger: DeliveryLedger;
  readonly #clock: Clock;
  #after = 0;
  #dropped = 0;
  #reading: Promise<void> | undefined;

  constructor(hub: LocalHub, ledger: DeliveryLedger, clock: Clock) {
    this.#hub = hub;
    this.#ledger = ledger;
    this.#clock = clock;
  }

  /** Skips the messages that the hub holds already. */
  async begin(): Promise<void> {
    const messages = await this.#hub.telemetryAfter(0);
    this.#after = messages.at(-1)?.sequenceNumber ?? 0;
  }

  /** Reads at intervals. The next reading makes up for one that fails. */
  follow(schedule: Schedule): void {
    schedule.at(schedule.nowMs + intervalMs, () => {
      void this.read()
        .catch(() => {})
        .finally(() => this.follow(schedule));
    });
  }

  /** Reads the messages that have arrived since the last time. @throws the error of the hub */
  async read(): Promise<void> {
    await this.#reading;
    this.#reading = this.#readOnce();
    try {
      await this.#reading;
    } finally {
      this.#reading = undefined;
    }
  }

  /**
   * Reads until the hub holds everything that was acknowledged, or until two readings in a row return nothing.
   *
   * @param aborted - resolves when the run is to end at once
   * @returns the reason if both ends can't be compared
   */
  async finish(aborted: Promise<void>): Promise<string | undefined> {
    try {
      for (let empty = 0; empty < 2; ) {
        const before = this.#after;
        await this.#readInTime(aborted);
        if (this.#ledger.result().lost === 0) return undefined;
        empty = this.#after === before ? empty + 1 : 0;
      }
    } catch (error) {
      return asError(error).message;
    }
    if (this.#dropped === 0) return undefined;
    return `the hub dropped ${this.#dropped} messages before they could be read; start it with a larger telemetryLimit`;
  }

  /** Reads for a limited time, which an abort shortens. @throws {Error} if the hub doesn't answer in time */
  async #readInTime(aborted: Promise<void>): Promise<void> {
    const timers: Timer[] = [];
    let isOver = false;
    const expire = (ms: number): Promise<never> =>
      new Promise((_resolve, reject) => {
        const late = (): void => reject(new Error(`the hub didn't answer within ${ms / 1000} s`));
        if (!isOver) timers.push(this.#clock.setTimer(late, ms));
      });
    try {
      await Promise.race([this.read(), expire(answerLimitMs), aborted.then(() => expire(abortedLimitMs))]);
    } finally {
      isOver = true;
      for (const timer of timers) timer.cancel();
    }
  }

  async #readOnce(): Promise<void> {
    for (const { deviceId, moduleId, properties, sequenceNumber } of await this.#hub.telemetryAfter(
      this.#after,
    )) {
      // The hub numbers messages without gaps.
      this.#dropped += Math.max(0, sequenceNumber - this.#after - 1);
      this.#after = Math.max(this.#after, sequenceNumber);
      const number = Number(properties[messageNumberProperty] ?? 0);
      if (number > 0) this.#ledger.hold(identityName({ deviceId, moduleId }), number);
    }
  }
}
