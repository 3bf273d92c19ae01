import { messageNumberProperty } from "../document/references.ts";
import type { DeliveryLedger } from "../statistics/delivery-ledger.ts";
import { identityName } from "./identity.ts";
import type { LocalHub } from "./local-hub.ts";
import type { Schedule } from "./schedule.ts";

const intervalMs = 500;

/** Reads what the local hub holds, often enough that it needn't keep much. */
export class HubReader {
  readonly #hub: LocalHub;
  readonly #ledger: DeliveryLedger;
  #after = 0;
  #reading: Promise<void> | undefined;
  #failure: unknown;

  constructor(hub: LocalHub, ledger: DeliveryLedger) {
    this.#hub = hub;
    this.#ledger = ledger;
  }

  /** Skips the messages that the hub holds already. */
  async begin(): Promise<void> {
    const messages = await this.#hub.telemetryAfter(0);
    this.#after = messages.at(-1)?.sequenceNumber ?? 0;
  }

  /** Reads at intervals. */
  follow(schedule: Schedule): void {
    schedule.at(schedule.nowMs + intervalMs, () => {
      void this.read()
        .catch((error: unknown) => {
          this.#failure = error;
        })
        .finally(() => this.follow(schedule));
    });
  }

  /** Reads what has arrived since the last time. @throws what the hub answered */
  async read(): Promise<void> {
    await this.#reading;
    this.#reading = this.#readOnce();
    try {
      await this.#reading;
    } finally {
      this.#reading = undefined;
    }
  }

  /** Reads until the hub holds everything that was acknowledged, or until two readings in a row bring nothing. @throws what the hub answered */
  async finish(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    for (let empty = 0; empty < 2; ) {
      const before = this.#after;
      await this.read();
      if (this.#ledger.result().lost === 0) return;
      empty = this.#after === before ? empty + 1 : 0;
    }
  }

  async #readOnce(): Promise<void> {
    for (const { deviceId, moduleId, properties, sequenceNumber } of await this.#hub.telemetryAfter(
      this.#after,
    )) {
      this.#after = Math.max(this.#after, sequenceNumber);
      const number = Number(properties[messageNumberProperty] ?? 0);
      if (number > 0) this.#ledger.hold(identityName({ deviceId, moduleId }), number);
    }
  }
}
