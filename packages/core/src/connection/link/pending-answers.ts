import type { IsoHubError } from "../../errors.ts";
import type { Clock } from "../../util/clock.ts";
import { dropped } from "./link-errors.ts";

const responseTimeoutMs = 10_000;

/** Calls that wait for SUBACK or UNSUBACK. A session has no timers, and never settles its promises after its end. */
export class PendingAnswers {
  readonly #clock: Clock;
  readonly #onTimeout: (error: IsoHubError) => void;
  /** Functions that reject the calls; undefined until the first one. */
  #waiting: Set<() => void> | undefined;
  #over = false;

  /** @param onTimeout - called with the error that the late call rejects with */
  constructor(clock: Clock, onTimeout: (error: IsoHubError) => void) {
    this.#clock = clock;
    this.#onTimeout = onTimeout;
  }

  /** Rejects if the server doesn't respond in time, or after {@link end}. */
  wait<T>(packet: string, response: Promise<T> | undefined): Promise<T> {
    this.#waiting ??= new Set();
    const waiting = this.#waiting;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        waiting.delete(lost);
        timer.cancel();
      };
      const lost = (): void => {
        end();
        reject(dropped(`The connection ended before the ${packet}`));
      };
      const timer = this.#clock.setTimer(() => {
        const error = dropped(`The hub sent no ${packet} within ${responseTimeoutMs} ms`);
        reject(error);
        this.#onTimeout(error);
      }, responseTimeoutMs);
      waiting.add(lost);
      if (this.#over) lost();
      response?.finally(end).then(resolve, reject);
    });
  }

  /** The connection has ended: rejects all calls, also later ones. */
  end(): void {
    this.#over = true;
    for (const lost of this.#waiting ?? []) lost();
  }
}
