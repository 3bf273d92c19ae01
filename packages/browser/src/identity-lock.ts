import { ConnectionFailedError, type IsoHubError } from "@isohub/core";
import type { Clock } from "@isohub/core/runtime";

/** The dependencies of {@link IdentityLocks}. */
export interface IdentityLockOptions {
  readonly clock: Clock;
  /** Web Locks, which browsers provide only over `https:` or on `localhost`. */
  readonly locks: Pick<LockManager, "request" | "query"> | undefined;
}

/**
 * The time until a lock counts as in use, in milliseconds: its holder may be just releasing it, as a page does that is
 * reloaded.
 */
export const graceMs = 1000;

/** Holds a lock for as long as its promise is pending. */
type Hold = () => Promise<void>;

/** Locks that have one holder among all pages of an origin, by Web Locks; without these, one holder in this page. */
export class IdentityLocks {
  readonly #options: IdentityLockOptions;
  /** The locks held without Web Locks. */
  readonly #held = new Map<string, Promise<void>>();

  constructor(options: IdentityLockOptions) {
    this.#options = options;
  }

  /**
   * Acquires a lock.
   *
   * @param onInUse - called with the error instead of throwing it; the lock then waits in line
   * @returns a function that releases it; the browser does so when the page is closed
   * @throws {ConnectionFailedError} `identity_in_use` if another client still holds it after a second
   */
  async lock(name: string, signal: AbortSignal, onInUse?: (error: IsoHubError) => void): Promise<() => void> {
    const end = new AbortController();
    const giveUp = (): void => end.abort(signal.reason);
    let isDone = false;
    const timer = this.#options.clock.setTimer(async () => {
      // A browser under load is slow to grant even a free lock.
      if ((await this.#isFree(name)) || isDone) return;
      const error = new ConnectionFailedError(
        "identity_in_use",
        `Another client in this page or another tab is ${name}`,
        {
          remediation: "Use that client, shut it down first, or set whenInUse to 'wait'",
        },
      );
      if (onInUse === undefined) end.abort(error);
      else onInUse(error);
    }, graceMs);
    signal.addEventListener("abort", giveUp);
    try {
      return await new Promise((resolve, reject) => {
        const hold: Hold = () => new Promise((release) => resolve(release));
        this.#request(name, end.signal, hold).catch(reject);
      });
    } finally {
      isDone = true;
      timer.cancel();
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #isFree(name: string): Promise<boolean> {
    const state = await this.#options.locks?.query().catch(() => undefined);
    return state !== undefined && !state.held?.some((lock) => lock.name === `isohub ${name}`);
  }

  async #request(name: string, end: AbortSignal, hold: Hold): Promise<void> {
    const ended = new Promise<void>((resolve) => end.addEventListener("abort", () => resolve()));
    try {
      await this.#options.locks?.request(`isohub ${name}`, { signal: end }, hold);
      if (this.#options.locks !== undefined) return;
    } catch {
      // A sandboxed page has the API, but every request fails.
      end.throwIfAborted();
    }
    for (let other = this.#held.get(name); other !== undefined; other = this.#held.get(name)) {
      await Promise.race([other, ended]);
      end.throwIfAborted();
    }
    const held = hold();
    this.#held.set(name, held);
    await held;
    this.#held.delete(name);
  }
}
