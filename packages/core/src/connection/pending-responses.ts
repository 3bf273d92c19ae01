import type { ConnectionDroppedError } from "../errors.ts";
import type { Clock } from "../util/clock.ts";
import { dropped } from "./link-errors.ts";

const timeoutMs = 10_000;

/** Calls that wait for SUBACK or UNSUBACK. An MQTT session has no timers, and never settles them after its end. */
export class PendingResponses {
  readonly #clock: Clock;
  /** Each rejects one call. */
  readonly #rejections = new Set<() => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Waits for a response of the session.
   *
   * @param onLate - called if there is no response in time, which means that the connection is dead
   */
  add<T>(packet: string, response: Promise<T>, onLate: (error: ConnectionDroppedError) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#rejections.delete(rejection);
        timer.cancel();
      };
      const rejection = (): void => {
        end();
        reject(dropped(`The connection ended before the ${packet}`));
      };
      const timer = this.#clock.setTimer(() => {
        const error = dropped(`The hub sent no ${packet} within ${timeoutMs} ms`);
        reject(error);
        onLate(error);
      }, timeoutMs);
      this.#rejections.add(rejection);
      response.finally(end).then(resolve, reject);
    });
  }

  /** The connection has ended. */
  rejectAll(): void {
    for (const reject of this.#rejections) reject();
  }
}
