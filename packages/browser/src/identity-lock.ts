import { ConnectionFailedError } from "@isohub/core";
import type { Clock } from "@isohub/core/runtime";

/** What identityLocks are made with; tests bring their own. */
export interface IdentityLockOptions {
  readonly clock: Clock;
  /** Web Locks, which a page has only where it came by https: or from this machine. */
  readonly locks: Pick<LockManager, "request"> | undefined;
}

/** How long a claim waits for who is just letting go, as a page that is loaded again does, in milliseconds. */
export const graceMs = 1000;

/** Holds a name for as long as its promise is pending. */
type Hold = () => Promise<void>;

/** Keeps names to one holder among all pages of an origin, by Web Locks; in this page alone where there are none. */
export class IdentityLocks {
  readonly #parts: IdentityLockOptions;
  /** What is held without Web Locks. */
  readonly #held = new Map<string, Promise<void>>();

  constructor(parts: IdentityLockOptions) {
    this.#parts = parts;
  }

  /**
   * @returns lets go; the browser does so when the page is gone
   * @throws {ConnectionFailedError} `identity_in_use`
   */
  async lock(name: string, signal: AbortSignal): Promise<() => void> {
    const late = new AbortController();
    const giveUp = (): void => late.abort();
    const timer = this.#parts.clock.setTimer(giveUp, graceMs);
    signal.addEventListener("abort", giveUp);
    try {
      return await new Promise((resolve, reject) => {
        const hold: Hold = () => new Promise((letGo) => resolve(letGo));
        this.#request(name, late.signal, hold).catch(reject);
      });
    } catch {
      signal.throwIfAborted();
      throw new ConnectionFailedError(
        "identity_in_use",
        `Another client in this page, or in another tab of this browser, is ${name}; two would evict each other without end`,
        { remediation: "Use that client, shut it down first, or let each tab be a device of its own" },
      );
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", giveUp);
    }
  }

  async #request(name: string, late: AbortSignal, hold: Hold): Promise<void> {
    const tooLate = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
    try {
      await this.#parts.locks?.request(`isohub ${name}`, { signal: late }, hold);
      if (this.#parts.locks !== undefined) return;
    } catch {
      // A page without storage of its own, as in a sandbox, may have no locks either.
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
