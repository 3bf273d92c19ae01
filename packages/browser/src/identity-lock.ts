import { ConnectionFailedError } from "@isohub/core";
import type { Clock } from "@isohub/core/runtime";

/** The dependencies of {@link IdentityLocks}. */
export interface IdentityLockOptions {
  readonly clock: Clock;
  /** Web Locks, which browsers provide only over `https:` or on `localhost`. */
  readonly locks: Pick<LockManager, "request"> | undefined;
}

/** The time that a lock waits for a holder that is just releasing it, as a page does that is reloaded, in milliseconds. */
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
   * @returns a function that releases it; the browser does so when the page is closed
   * @throws {ConnectionFailedError} `identity_in_use` if another client still holds it after a second
   */
  async lock(name: string, signal: AbortSignal): Promise<() => void> {
    const late = new AbortController();
    const giveUp = (): void => late.abort();
    const timer = this.#options.clock.setTimer(giveUp, graceMs);
    signal.addEventListener("abort", giveUp);
    try {
      return await new Promise((resolve, reject) => {
        const hold: Hold = () => new Promise((release) => resolve(release));
        this.#request(name, late.signal, hold).catch(reject);
      });
    } catch {
      signal.throwIfAborted();
      throw new ConnectionFailedError(
        "identity_in_use",
        `Another client in this page, or in another tab of this browser, is ${name}; two clients would keep evicting each other`,
        { remediation: "Use that client, shut it down first, or use a separate device for each tab" },
      );
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #request(name: string, late: AbortSignal, hold: Hold): Promise<void> {
    const tooLate = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    try {
      await this.#options.locks?.request(`isohub ${name}`, { signal: late }, hold);
      if (this.#options.locks !== undefined) return;
    } catch {
      // A sandboxed page has the API, but every request fails.
      late.throwIfAborted();
    }
    for (let other = this.#held.get(name); other !== undefined; other = this.#held.get(name)) {
      await Promise.race([other, tooLate]);
      late.throwIfAborted();
    }
    const held = hold();
    this.#held.set(name, held);
    await held;
    this.#held.delete(name);
  }
}
