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

/** When bytes were last received and sent. */
export interface KeepAliveTraffic {
  readonly lastInAt: number;
  readonly lastOutAt: number;
  /** When the oldest message in flight was sent. */
  readonly unackedSince: number | undefined;
}

export type KeepAliveEvent =
  /** The timer ran, or may have to run earlier. */
  | { readonly type: "check"; readonly traffic: KeepAliveTraffic }
  /** The connection may be dead, for example after the machine slept. */
  | { readonly type: "suspect" };

export type KeepAliveEffect =
  | { readonly type: "ping" }
  /** @param until - when to check again */
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "dead" };

/** What the keep-alive goes by. */
export interface KeepAliveRules {
  readonly intervalMs: number;
  readonly pingTimeoutMs: number;
}

export const initialKeepAliveState: KeepAliveState = { pingedAt: undefined };

/** Decides when to ping, and when a connection is dead. */
export const reduceKeepAlive: Reducer<KeepAliveState, KeepAliveEvent, KeepAliveEffect, KeepAliveRules> = (
  state,
  event,
  now,
  { intervalMs, pingTimeoutMs },
) => {
  const { pingedAt } = state;
  const deadline = pingedAt === undefined ? undefined : pingedAt + pingTimeoutMs;
  const ping = (since: number): ReturnType<typeof reduceKeepAlive> =>
    to(
      { pingedAt: since },
      { type: "ping" },
      { type: "wait", until: Math.min(since + pingTimeoutMs, now + intervalMs) },
    );
  if (event.type === "suspect") {
    // A ping from before a sleep got no chance: its response may be waiting to be read right behind this.
    return deadline === undefined || now >= deadline ? ping(now) : to(state);
  }
  const { lastInAt, lastOutAt, unackedSince } = event.traffic;
  if (pingedAt !== undefined && deadline !== undefined) {
    if (now >= deadline) return to(state, { type: "dead" });
    // The hub measures the interval as well, and it may be shorter than the ping time-out.
    const due = lastOutAt + intervalMs;
    return now >= due ? ping(pingedAt) : to(state, { type: "wait", until: Math.min(deadline, due) });
  }
  // The hub must receive something within the interval, and so must the client: a stream of QoS 0 messages satisfies the hub, and
  // doesn't show whether it arrives.
  let due = Math.min(lastInAt, lastOutAt) + intervalMs;
  if (unackedSince !== undefined) due = Math.min(due, Math.max(lastInAt, unackedSince) + pingTimeoutMs);
  return now >= due ? ping(now) : to(state, { type: "wait", until: due });
};
