import type { Clock } from "../util/clock.ts";
import { type ClientState, toClientState } from "./client-state.ts";
import {
  initialSupervisorState,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorRules,
  type SupervisorState,
  supervise,
} from "./supervisor.ts";

/** The supervisor with its state and the rules of one client. */
export class Supervision {
  readonly #clock: Clock;
  readonly #rules: Omit<SupervisorRules, "now">;
  #state: SupervisorState = initialSupervisorState;
  #since: number;

  constructor(clock: Clock, rules: Omit<SupervisorRules, "now">) {
    this.#clock = clock;
    this.#rules = rules;
    this.#since = clock.now();
  }

  get state(): SupervisorState {
    return this.#state;
  }

  /** The state as an application is told it. */
  get clientState(): ClientState {
    return toClientState(this.#state, this.#since);
  }

  /** @returns what is to be done, and whether the phase is another one now */
  step(event: SupervisorEvent): { effects: readonly SupervisorEffect[]; changed: boolean } {
    const before = this.#state;
    const now = this.#clock.now();
    const { state, effects } = supervise(before, event, { ...this.#rules, now });
    this.#state = state;
    const changed = state.phase.name !== before.phase.name;
    if (changed) this.#since = now;
    return { effects, changed };
  }
}
