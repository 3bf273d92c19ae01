import { readPeerClock } from "./peer-clock.ts";
import { explainRefusal } from "./refusal-explanation.ts";
import type { Connection, ConnectionHandlers, Endpoint, RefusalExplanation, Runtime } from "./runtime.ts";

/** A server's refusal of a client, with what this machine can find out about it. */
export class Refusal {
  readonly #abort = new AbortController();
  readonly #known: Promise<void>;
  readonly #endpoint: Endpoint;
  #aheadMs: number | undefined;

  private constructor(endpoint: Endpoint, aheadMs: number | undefined, fetch: Runtime["fetch"] | undefined) {
    this.#endpoint = endpoint;
    this.#aheadMs = aheadMs;
    this.#known = fetch === undefined ? Promise.resolve() : this.#readClock(fetch);
  }

  /**
   * Reads a refusal from the first bytes of a server.
   *
   * @param fetch - sends a request over HTTP, to read the clock of the server
   * @param aheadMs - the difference between the clock of the server and this machine's, if that is known
   * @returns undefined if they are something else
   */
  static read(
    first: Uint8Array,
    endpoint: Endpoint,
    fetch: Runtime["fetch"],
    aheadMs?: number,
  ): Refusal | undefined {
    const [type, , , code = 0] = first;
    const isRefusal = type === 0x20 && (code === 2 || code === 4 || code === 5);
    const isClockKnown = aheadMs !== undefined || code !== 5 || endpoint.checkClock === false;
    return isRefusal ? new Refusal(endpoint, aheadMs, isClockKnown ? undefined : fetch) : undefined;
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

  /** Explains it. For the parameters, see {@link Connection.explainRefusal}. */
  explain(code: number, tokenExpiry: number | undefined, username?: string): RefusalExplanation {
    return explainRefusal({
      code,
      tokenExpiry,
      aheadMs: this.#aheadMs,
      now: Date.now(),
      host: this.#endpoint.host,
      hub: hubOf(username),
    });
  }

  async #readClock(fetch: Runtime["fetch"]): Promise<void> {
    this.#aheadMs = await readPeerClock(this.#endpoint, fetch, this.#abort.signal);
  }
}

/** Returns the hub in a user name; undefined in that of the provisioning service. */
function hubOf(username = ""): string | undefined {
  return /^([^/]+)\/[^/]+(?:\/[^/]+)?\/\?api-version=/.exec(username)?.[1];
}

/** Holds the first bytes of a server back until everything is known about a refusal that they contain. */
export class RefusalReader {
  /** The handlers for a connection, instead of those it was created with. */
  readonly handlers: ConnectionHandlers;
  #refusal: Refusal | undefined;

  constructor(endpoint: Endpoint, handlers: ConnectionHandlers, fetch: Runtime["fetch"]) {
    let isFirst = true;
    this.handlers = {
      onStep: (step, remediation) => handlers.onStep?.(step, remediation),
      onData: (bytes) => {
        if (isFirst) this.#refusal = Refusal.read(bytes, endpoint, fetch);
        isFirst = false;
        if (this.#refusal === undefined) handlers.onData(bytes);
        else this.#refusal.whenKnown(() => handlers.onData(bytes));
      },
      onDrain: () => handlers.onDrain(),
      onClose: (cause) => {
        if (this.#refusal === undefined) handlers.onClose(cause);
        else this.#refusal.whenKnown(() => handlers.onClose(cause));
      },
    };
  }

  /** Adds the explanation to a connection. */
  explaining(connection: Connection): Connection {
    return {
      send: (bytes) => connection.send(bytes),
      close: () => connection.close(),
      abort: () => {
        this.#refusal?.abort();
        connection.abort();
      },
      explainRefusal: (...args) => this.#refusal?.explain(...args),
    };
  }
}
