import { type Clock, ConnectionFailedError } from "@isohub/core";

/** What claims are made with; tests bring their own. */
export interface ClaimParts {
  readonly clock: Clock;
  /** Web Locks, which a page has only where it came by https: or from this machine. */
  readonly locks: Pick<LockManager, "request"> | undefined;
}

/** How long a claim waits for who is just letting go, as a page that is loaded again does, in milliseconds. */
export const graceMs = 1000;

/** Keeps names to one holder: in this page, and among all pages of its origin where there are Web Locks. */
export class Claims {
  readonly #parts: ClaimParts;
  /** The names that are held in this page, with what tells their end. */
  readonly #held = new Map<string, Promise<void>>();

  constructor(parts: ClaimParts) {
    this.#parts = parts;
  }

  /**
   * @returns lets go
   * @throws {ConnectionFailedError} `identity_in_use`
   */
  async claim(name: string, signal: AbortSignal): Promise<() => void> {
    const late = new AbortController();
    const timer = this.#parts.clock.setTimer(() => late.abort(), graceMs);
    const onAbort = (): void => late.abort();
    signal.addEventListener("abort", onAbort);
    let letGo: (() => void) | undefined;
    try {
      letGo = await this.#inThisPage(name, late.signal);
      if (letGo === undefined) throw inThisPage(name);
      const unlock = await this.#amongPages(name, late.signal);
      const both = [letGo, unlock];
      return () => {
        for (const each of both) each();
      };
    } catch (error) {
      letGo?.();
      signal.throwIfAborted();
      throw late.signal.aborted && letGo !== undefined ? inAnotherPage(name) : error;
    } finally {
      timer.cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** @returns lets go; `undefined` when it could not be had in time */
  async #inThisPage(name: string, late: AbortSignal): Promise<(() => void) | undefined> {
    for (let other = this.#held.get(name); other !== undefined; other = this.#held.get(name)) {
      const tooLate = new Promise<void>((resolve) => late.addEventListener("abort", () => resolve()));
      await Promise.race([other, tooLate]);
      if (late.aborted) return undefined;
    }
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    this.#held.set(name, ended);
    return () => {
      if (this.#held.get(name) === ended) this.#held.delete(name);
      end();
    };
  }

  #amongPages(name: string, late: AbortSignal): Promise<() => void> {
    const { locks } = this.#parts;
    return new Promise((resolve, reject) => {
      // Held for as long as the promise of its callback is pending, and let go by the browser when the page is gone.
      const hold = (): Promise<void> => new Promise((unlock) => resolve(unlock));
      const request = locks?.request(`isohub ${name}`, { signal: late }, hold);
      if (request === undefined) return resolve(() => {});
      request.catch((error: unknown) => {
        if (late.aborted) reject(error);
        // A page without storage of its own, as in a sandbox, may have no locks either.
        else resolve(() => {});
      });
    });
  }
}

function inThisPage(name: string): ConnectionFailedError {
  return new ConnectionFailedError(
    "identity_in_use",
    `Another client in this page is ${name}; two would evict each other without end`,
    { remediation: "Use that client, or shut it down first" },
  );
}

function inAnotherPage(name: string): ConnectionFailedError {
  return new ConnectionFailedError(
    "identity_in_use",
    `Another tab of this browser is ${name}; two would evict each other without end`,
    { remediation: "Close the other tab and connect again, or let each tab be a device of its own" },
  );
}
