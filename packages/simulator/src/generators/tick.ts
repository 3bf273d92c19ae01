/** The moment of a message, for the values in it. */
export interface Tick {
  /** Milliseconds since the start of the device, by the plan of the scenario. */
  readonly ms: number;
  /** The number of the message, from 1. */
  readonly number: number;
  /** The values that an expression can read. */
  readonly scope: Readonly<Record<string, unknown>>;
}

/** Produces the values of a field, one for each message. */
export type Values = (tick: Tick) => unknown;
