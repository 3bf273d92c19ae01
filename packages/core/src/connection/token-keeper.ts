import { renewToken, type TokenEvent, type TokenState } from "../auth/token-renewal.ts";
import { type Clock, setAlarm, type Timer } from "../util/clock.ts";

/** What is done about a token that is about to end. */
export interface TokenActions {
  /** Reconnect with a fresh token. */
  renew(): void;
  /** Ask the application for one. */
  ask(): void;
}

/** The shell around token renewal: keeps the token in use in mind, and the alarm for its end. */
export class TokenKeeper {
  readonly #clock: Clock;
  readonly #actions: TokenActions;
  #state: TokenState | undefined;
  #alarm: Timer | undefined;

  constructor(clock: Clock, actions: TokenActions) {
    this.#clock = clock;
    this.#actions = actions;
  }

  /** A token came into use. @param expiry - in seconds since 1970 */
  issued(expiry: number, source: "generated" | "supplied"): void {
    this.#handle({ type: "issued", expiry, source });
  }

  /** No connection is wanted any more: no token has to be renewed for it. */
  rest(): void {
    this.#alarm?.cancel();
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
          this.#actions.renew();
          break;
        case "ask":
          this.#actions.ask();
      }
    }
  }
}
