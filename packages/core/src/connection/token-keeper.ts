import { renewToken, type TokenEvent, type TokenState } from "../auth/token-renewal.ts";
import { asError, IsoHubError } from "../errors.ts";
import { type Clock, setAlarm, type Timer } from "../util/clock.ts";
import type { Credential } from "./credential.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** What a token keeper works with. */
export interface TokenKeeperConfig {
  readonly runtime: { readonly clock: Clock };
  /** How long to wait after a provider has failed. */
  readonly retryPolicy: RetryPolicy;
}

/** What is done about a token that is about to end. */
export interface TokenActions {
  /** Reconnect with a fresh token. */
  renew(): void;
  /** Ask the application for one. */
  ask(): void;
  /** The provider has failed; the connection lasts as long as its token. */
  report(error: Error): void;
}

/** The shell around token renewal: keeps the token in use in mind, and the alarm for its end. */
export class TokenKeeper {
  readonly #config: TokenKeeperConfig;
  readonly #actions: TokenActions;
  #credential: Credential | undefined;
  #state: TokenState | undefined;
  #alarm: Timer | undefined;
  #asking: AbortController | undefined;
  #failures = 0;

  constructor(config: TokenKeeperConfig, actions: TokenActions) {
    this.#config = config;
    this.#actions = actions;
  }

  /** A token came into use. @param expiry - in seconds since 1970 */
  issued(expiry: number, credential: Credential): void {
    this.#credential = credential;
    this.#asking?.abort();
    this.#failures = 0;
    const source = credential.kind === "supplied" ? "supplied" : "generated";
    this.#handle({ type: "issued", expiry, source });
  }

  /** No connection is wanted any more: no token has to be renewed for it. */
  rest(): void {
    this.#alarm?.cancel();
    this.#asking?.abort();
  }

  get #clock(): Clock {
    return this.#config.runtime.clock;
  }

  #handle(event: TokenEvent): void {
    const { state, effects } = renewToken(this.#state, event, this.#clock.now() / 1000);
    this.#state = state;
    for (const effect of effects) {
      switch (effect.type) {
        case "alarmAt":
          this.#alarm?.cancel();
          this.#alarm = setAlarm(this.#clock, effect.at * 1000, () => this.#handle({ type: "alarm" }));
          break;
        case "renew":
          this.#renew();
          break;
        case "ask":
          this.#actions.ask();
      }
    }
  }

  /** Where the next token has to be fetched, that is done first: the connection in use ends only when it is there. */
  #renew(): void {
    const credential = this.#credential;
    if (credential?.prepare === undefined) {
      this.#actions.renew();
      return;
    }
    const asking = new AbortController();
    this.#asking = asking;
    credential.prepare(asking.signal).then(
      () => {
        if (!asking.signal.aborted) this.#actions.renew();
      },
      (cause: unknown) => {
        if (!asking.signal.aborted) this.#failed(asError(cause));
      },
    );
  }

  #failed(error: Error): void {
    this.#failures += 1;
    if (error instanceof IsoHubError && error.retryable) {
      const ms = this.#config.retryPolicy(this.#failures, error);
      this.#handle({ type: "failed", retryAt: (this.#clock.now() + ms) / 1000 });
    }
    this.#actions.report(error);
  }
}
