import type { Endpoint, RefusalExplanation } from "@isohub/core/runtime";
import { readPeerClock } from "./peer-clock.ts";
import { explainRefusal } from "./refusal-explanation.ts";

/** A server's refusal of a client, with what this machine can find out about it. */
export class Refusal {
  readonly #abort = new AbortController();
  readonly #known: Promise<void>;
  #aheadMs: number | undefined;

  private constructor(endpoint: Endpoint, aheadMs: number | undefined, isClockKnown: boolean) {
    this.#aheadMs = aheadMs;
    this.#known = isClockKnown ? Promise.resolve() : this.#readClock(endpoint);
  }

  /**
   * Reads a refusal from the first bytes of a server.
   *
   * @param aheadMs - the difference between the clock of the server and this machine's, if that is known
   * @returns undefined if they are something else
   */
  static read(first: Uint8Array, endpoint: Endpoint, aheadMs?: number): Refusal | undefined {
    const [type, , , code = 0] = first;
    const isRefusal = type === 0x20 && (code === 2 || code === 4 || code === 5);
    const isClockKnown = aheadMs !== undefined || code !== 5 || endpoint.checkClock === false;
    return isRefusal ? new Refusal(endpoint, aheadMs, isClockKnown) : undefined;
  }

  /** Runs a function as soon as everything is known, unless the connection is aborted before. */
  whenKnown(run: () => void): void {
    void this.#known.then(() => {
      if (!this.#abort.signal.aborted) run();
    });
  }

  abort(): void {
    this.#abort.abort();
  }

  explain(code: number, tokenExpiry: number | undefined): RefusalExplanation {
    return explainRefusal(code, tokenExpiry, this.#aheadMs, Date.now());
  }

  async #readClock(endpoint: Endpoint): Promise<void> {
    this.#aheadMs = await readPeerClock(endpoint, this.#abort.signal);
  }
}
