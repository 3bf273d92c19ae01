import { type Reducer, to } from "../util/reducer.ts";

/**
 * A ping without any byte from the hub since. Any byte shows that the connection is alive: the link then returns to the initial
 * state itself, because that happens with each chunk it receives.
 *
 * MQTT's own rule detects a dead connection only after 1.5 keep-alives. Here a ping without a response within the ping time-out
 * is enough, and a message that stays unacknowledged for that time is a reason to ping.
 */
export interface KeepAliveState {
  readonly pingedAt: number | undefined;
}

export interface KeepAliveEvent {
  /**
   * `check`: the timer ran, or may have to run earlier. `suspect`: the connection may be dead, for example after the machine
   * slept.
   */
  readonly type: "check" | "suspect";
  /** When bytes were last received. */
  readonly lastInAt: number;
  /** When bytes were last sent. */
  readonly lastOutAt: number;
  /** When the oldest message in flight was sent. */
  readonly unackedSince: number | undefined;
}

export type KeepAliveEffect =
  | { readonly type: "ping" }
  /** @param until - when to check again */
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "dead" };

/** The options of the keep-alive, in milliseconds. */
export interface KeepAliveRules {
  readonly intervalMs: number;
  readonly pingTimeoutMs: number;
}

export const initialKeepAliveState: KeepAliveState = { pingedAt: undefined };

/** Decides when to ping, and when a connection is dead. */
export const reduceKeepAlive: Reducer<KeepAliveState, KeepAliveEvent, KeepAliveEffect, KeepAliveRules> = (
  state,
  { type, lastInAt, lastOutAt, unackedSince },
  now,
  { intervalMs, pingTimeoutMs },
) => {
  let { pingedAt } = state;
  let due = now;
  if (type === "suspect") {
    if (pingedAt !== undefined && now < pingedAt + pingTimeoutMs) return to(state);
    // A ping from before a sleep got no chance: its response may be waiting to be read right behind this.
    pingedAt = undefined;
  } else if (pingedAt === undefined) {
    // The hub must receive something within the interval, and so must the client: a stream of QoS 0 messages satisfies the hub,
    // and doesn't show whether it arrives.
    due = Math.min(lastInAt, lastOutAt) + intervalMs;
    if (unackedSince !== undefined) due = Math.min(due, Math.max(lastInAt, unackedSince) + pingTimeoutMs);
  } else {
    if (now >= pingedAt + pingTimeoutMs) return to(state, { type: "dead" });
    // The hub measures the interval as well, and it may be shorter than the ping time-out.
    due = lastOutAt + intervalMs;
  }
  const isDue = now >= due;
  if (isDue) {
    pingedAt ??= now;
    due = now + intervalMs;
  }
  const until = pingedAt === undefined ? due : Math.min(due, pingedAt + pingTimeoutMs);
  return isDue
    ? to({ pingedAt }, { type: "ping" }, { type: "wait", until })
    : to(state, { type: "wait", until });
};
