import { type IsoHubError, OperationTimeoutError } from "../errors.ts";
import type { Endpoint } from "../runtime/runtime.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { setDeadline } from "../util/deadline.ts";

/** The time limits of connecting until CONNACK: one for everything, and one for each step. */
export class ConnectDeadlines {
  readonly #clock: Clock;
  readonly #endpoint: Endpoint;
  readonly #stepTimeoutMs: number;
  readonly #onTimeout: (error: IsoHubError) => void;
  readonly #timer: Timer;
  #stepTimer: Timer | undefined;
  #stage = "no connection";
  #remediation: string | undefined;

  constructor(
    clock: Clock,
    endpoint: Endpoint,
    connectTimeoutMs: number,
    stepTimeoutMs: number,
    onTimeout: (error: IsoHubError) => void,
  ) {
    this.#clock = clock;
    this.#endpoint = endpoint;
    this.#stepTimeoutMs = stepTimeoutMs;
    this.#onTimeout = onTimeout;
    this.#timer = setDeadline(clock, connectTimeoutMs, () =>
      this.#fail(`did not finish within ${connectTimeoutMs} ms: there was ${this.#stage}`),
    );
  }

  /** A step begins. @param remediation - the first thing to do if it doesn't finish */
  step(name: string, remediation?: string): void {
    this.#remediation = remediation;
    this.#stepTimer?.cancel();
    this.#stepTimer = setDeadline(this.#clock, this.#stepTimeoutMs, () =>
      this.#fail(`failed: no ${name} within ${this.#stepTimeoutMs} ms`),
    );
  }

  /** There is a connection. What follows until the next step happens on this machine, or has a limit already. */
  connected(): void {
    this.#stage = "a connection but no CONNACK";
    this.#remediation = undefined;
    this.#stepTimer?.cancel();
  }

  end(): void {
    this.#timer.cancel();
    this.#stepTimer?.cancel();
  }

  #fail(problem: string): void {
    const { host, port } = this.#endpoint;
    const remediation = this.#remediation;
    const details = remediation === undefined ? {} : { remediation };
    this.#onTimeout(new OperationTimeoutError(`Connecting to ${host}:${port} ${problem}`, details));
  }
}
