import {
  initialTokenRenewalState,
  reduceTokenRenewal,
  type TokenRenewalEvent,
  type TokenRenewalState,
} from "../auth/token-renewal-state.ts";
import { asError, IsoHubError } from "../errors.ts";
import { type Clock, sliceUntil, type Timer } from "../util/clock.ts";
import type { Credential } from "./attempt/credential.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** The options of a token renewer. */
export interface TokenRenewerConfig {
  readonly runtime: { readonly clock: Clock };
  /** The retry policy applies after a token provider has failed. */
  readonly options: { readonly retryPolicy: RetryPolicy };
}

/** The application, as a token renewer sees it. */
export interface TokenRenewerEvents {
  /** The application must supply a token. */
  onTokenNeeded(): void;
  /** A token provider has failed; the connection lasts as long as its token. */
  onBackgroundError(error: Error): void;
}

/** Carries out the effects of token renewal: keeps the timer for the token in use, and gets the next one. */
export class TokenRenewer {
  readonly #config: TokenRenewerConfig;
  readonly #events: TokenRenewerEvents;
  readonly #connection: { reconnect(): void };
  #credential: Credential | undefined;
  #state: TokenRenewalState = initialTokenRenewalState;
  #timer: Timer | undefined;
  #abort: AbortController | undefined;
  #failures = 0;

  /** @param connection - its `reconnect` is called when a fresh token is available */
  constructor(config: TokenRenewerConfig, events: TokenRenewerEvents, connection: { reconnect(): void }) {
    this.#config = config;
    this.#events = events;
    this.#connection = connection;
  }

  /** A token came into use. @param expiry - in seconds since 1970 */
  issued(expiry: number, credential: Credential): void {
    this.stop();
    this.#credential = credential;
    this.#failures = 0;
    const source = credential.kind === "supplied" ? "supplied" : "generated";
    this.#handle({ type: "issued", expiry, source });
  }

  /** Stops renewing: no connection is desired. */
  stop(): void {
    this.#timer?.cancel();
    this.#abort?.abort();
  }

  #handle(event: TokenRenewalEvent): void {
    const { clock } = this.#config.runtime;
    const now = clock.now();
    const { state, effects } = reduceTokenRenewal(this.#state, event, now);
    this.#state = state;
    for (const effect of effects) {
      if (effect.type === "renew") this.#renew();
      else if (effect.type === "ask") this.#events.onTokenNeeded();
      // Early if the end is far away: the next look at the clock sets the next timer.
      else
        this.#timer = clock.setTimer(() => this.#handle({ type: "timer" }), sliceUntil(effect.at, now), true);
    }
  }

  /** A token that has to be fetched is fetched first, so that the connection in use ends only once it is there. */
  #renew(): void {
    const credential = this.#credential;
    if (credential?.prepare === undefined) {
      this.#connection.reconnect();
      return;
    }
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    credential.prepare(signal).then(
      () => signal.aborted || this.#connection.reconnect(),
      (cause: unknown) => signal.aborted || this.#failed(asError(cause)),
    );
  }

  #failed(error: Error): void {
    this.#failures += 1;
    if (error instanceof IsoHubError && error.retryable)
      this.#handle({ type: "failed", retryInMs: this.#config.options.retryPolicy(this.#failures, error) });
    this.#events.onBackgroundError(error);
  }
}
