/** A reducer's answer to an event. */
export interface Transition<TState, TEffect> {
  readonly state: TState;
  /** The actions for the code around the reducer to carry out, in order. */
  readonly effects: readonly TEffect[];
}

/**
 * A pure state machine. The code around it owns sockets and timers: it reports events, keeps the state and carries the effects
 * out. An event that means nothing in a state returns that state and no effects.
 *
 * @param now - in milliseconds since 1970
 * @param rules - options and sources of randomness
 */
export type Reducer<TState, TEvent, TEffect, TRules = void> = (
  state: TState,
  event: TEvent,
  now: number,
  rules: TRules,
) => Transition<TState, TEffect>;

export function to<TState, TEffect>(
  state: TState,
  ...effects: readonly TEffect[]
): Transition<TState, TEffect> {
  return { state, effects };
}
