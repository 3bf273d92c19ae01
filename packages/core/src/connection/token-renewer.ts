import { renewToken, type TokenEvent, type TokenState } from "../auth/token-renewal.ts";
import { asError, IsoHubError } from "../errors.ts";
import { type Clock, sliceUntil, type Timer } from "../util/clock.ts";
import type { Credential } from "./credential.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** What a token keeper works with. */
export interface TokenRenewerConfig {
  readonly runtime: { readonly clock: Clock };
  /** Among them, how long to wait after a provider has failed. */
  readonly options: { readonly retryPolicy: RetryPolicy };
}

/** What is done about a token that is about to end. */
export interface TokenRenewerEvents {
  /** Ask the application for one. */
  onTokenNeeded(): void;
  /** The provider has failed; the connection lasts as long as its token. */
  onBackgroundError(error: Error): void;
}

/** Connects again, with a fresh token. */
export interface TokenOwner {
  onTokenDue(): void;
}

/** The shell around token renewal: keeps the token in use in mind, and the timer for its end. */
export class TokenRenewer {
  readonly #config: TokenRenewerConfig;
  readonly #events: TokenRenewerEvents;
  readonly #owner: TokenOwner;
  #credential: Credential | undefined;
  #state: TokenState | undefined;
  #timer: Timer | undefined;
  #asking: AbortController | undefined;
  #failures = 0;

  constructor(config: TokenRenewerConfig, events: TokenRenewerEvents, owner: TokenOwner) {
    this.#config = config;
    this.#events = events;
    this.#owner = owner;
  }

  /** A token came into use. @param expiry - in seconds since 1970 */
  issued(expiry: number, credential: Credential): void {
    this.rest();
    this.#credential = credential;
    this.#failures = 0;
    this.#handle({
      type: "issued",
      expiry,
      source: credential.kind === "supplied" ? "supplied" : "generated",
    });
  }

  /** No connection is wanted any more: no token has to be renewed for it. */
  rest(): void {
    this.#timer?.cancel();
    this.#asking?.abort();
  }

  #handle(event: TokenEvent): void {
    const { clock } = this.#config.runtime;
    const { state, effect } = renewToken(this.#state, event, clock.now() / 1000);
    this.#state = state;
    switch (effect?.type) {
      case "setTimerAt": {
        // Early, for an end that is far away: the next look at the clock sets the next timer.
        const ms = sliceUntil(effect.at * 1000, clock.now());
        this.#timer = clock.setTimer(() => this.#handle({ type: "timer" }), ms, true);
        return;
      }
      case "renew":
        this.#renew();
        return;
      case "ask":
        this.#events.onTokenNeeded();
    }
  }

  /** Where the next token has to be fetched, that is done first: the connection in use ends only when it is there. */
  #renew(): void {
    const credential = this.#credential;
    if (credential?.prepare === undefined) {
      this.#owner.onTokenDue();
      return;
    }
    this.#asking = new AbortController();
    const { signal } = this.#asking;
    credential.prepare(signal).then(
      () => signal.aborted || this.#owner.onTokenDue(),
      (cause: unknown) => signal.aborted || this.#failed(asError(cause)),
    );
  }

  #failed(error: Error): void {
    const { runtime, options } = this.#config;
    this.#failures += 1;
    if (error instanceof IsoHubError && error.retryable) {
      const retryAt = (runtime.clock.now() + options.retryPolicy(this.#failures, error)) / 1000;
      this.#handle({ type: "failed", retryAt });
    }
    this.#events.onBackgroundError(error);
  }
}
