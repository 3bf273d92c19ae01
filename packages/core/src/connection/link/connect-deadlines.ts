import { type IsoHubError, OperationTimeoutError } from "../../errors.ts";
import type { Clock, Timer } from "../../util/clock.ts";
import { setDeadline } from "../../util/deadline.ts";

/** The time limits of connecting until CONNACK: one for everything, and one for each step. */
export class ConnectDeadlines {
  readonly #arm: (ms: number) => Timer;
  readonly #timer: Timer;
  readonly #stepTimeoutMs: number;
  #stepTimer: Timer | undefined;
  #missing = "no connection";
  #remediation: string | undefined;

  constructor(
    clock: Clock,
    peer: string,
    connectTimeoutMs: number,
    stepTimeoutMs: number,
    onTimeout: (error: IsoHubError) => void,
  ) {
    this.#arm = (ms) =>
      setDeadline(clock, ms, () => {
        const message = `Connecting to ${peer} did not finish within ${ms} ms: there was ${this.#missing}`;
        onTimeout(new OperationTimeoutError(message, { remediation: this.#remediation }));
      });
    this.#timer = this.#arm(connectTimeoutMs);
    this.#stepTimeoutMs = stepTimeoutMs;
  }

  /** A step begins. @param missing - until it ends, for the message @param remediation - the first thing to do without it */
  step(missing: string, remediation?: string): void {
    this.#missing = missing;
    this.#remediation = remediation;
    this.#stepTimer?.cancel();
    this.#stepTimer = this.#arm(this.#stepTimeoutMs);
  }

  /** There is a connection. Signing a token isn't a step: it has its own limits, and needs no network. */
  connected(): void {
    this.#missing = "a connection but no CONNACK";
    this.#remediation = undefined;
    this.#stepTimer?.cancel();
  }

  end(): void {
    this.#timer.cancel();
    this.#stepTimer?.cancel();
  }
}
