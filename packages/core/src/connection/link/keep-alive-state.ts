import { never } from "../../util/clock.ts";
import { type Reducer, to } from "../../util/reducer.ts";

/**
 * A ping without any byte from the hub since. Any byte shows that the connection is alive: the link then returns to the initial
 * state itself, because that happens with each chunk it receives.
 *
 * MQTT's own rule detects a dead connection only after 1.5 keep-alives. Here a ping without a response within the ping time-out
 * is enough, and a message that stays unacknowledged for a part of that time is a reason to ping. A hub that responds to pings but doesn't
 * acknowledge a message has lost it, and 1000 of them would block the client. The next connection sends it again.
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
  /** The time when bytes were last received. */
  readonly lastInAt: number;
  /** The time when CONNECT, a message or a ping was last sent. */
  readonly lastOutAt: number;
  /** The time when the oldest message in flight was sent, or when it became the oldest, if that was later. */
  readonly unackedSince: number | undefined;
  /** The size of that message. */
  readonly unackedBytes?: number | undefined;
  /** Since when the hub has acknowledged later messages, but not that one. */
  readonly overtakenSince: number | undefined;
}

export type KeepAliveEffect =
  | { readonly type: "ping" }
  /** @param until - when to check again */
  | { readonly type: "wait"; readonly until: number }
  /** No response to a ping. */
  | { readonly type: "dead" }
  /** The hub responds, but hasn't acknowledged a message in time. */
  | { readonly type: "unacknowledged" };

/** The options of the keep-alive, in milliseconds. */
export interface KeepAliveRules {
  readonly intervalMs: number;
  readonly pingTimeoutMs: number;
  readonly acknowledgementTimeoutMs: number;
  readonly overtakenTimeoutMs: number;
}

/** The slowest network that has time to transmit a message before it is suspected to be dead: 16 kB/s. */
const bytesPerMs = 16;

/**
 * The time after which a message without a byte from the hub is a reason to ping, in milliseconds. It is long enough that few messages
 * cause one, even over satellites, and the ping has its own time-out.
 */
export function suspectMs(pingTimeoutMs: number, bytes = 0): number {
  return Math.min(pingTimeoutMs, 0.3 * pingTimeoutMs + Math.floor(bytes / bytesPerMs));
}

export const initialKeepAliveState: KeepAliveState = { pingedAt: undefined };

/** Decides when to ping, and when a connection is dead. */
export const reduceKeepAlive: Reducer<KeepAliveState, KeepAliveEvent, KeepAliveEffect, KeepAliveRules> = (
  state,
  { type, lastInAt, lastOutAt, unackedSince = never, unackedBytes, overtakenSince = never },
  now,
  { intervalMs, pingTimeoutMs, acknowledgementTimeoutMs, overtakenTimeoutMs },
) => {
  const acknowledgedBy = Math.min(
    unackedSince + acknowledgementTimeoutMs,
    overtakenSince + overtakenTimeoutMs,
  );
  // Bytes that arrived afterwards show that the acknowledgement doesn't just wait to be read, because this program was busy.
  if (lastInAt >= acknowledgedBy) return to(state, { type: "unacknowledged" });
  let { pingedAt } = state;
  let due = now;
  if (type === "suspect") {
    if (pingedAt !== undefined && now < pingedAt + pingTimeoutMs) return to(state);
    // A ping from before a sleep got no chance: its response may be waiting to be read right behind this.
    pingedAt = undefined;
  } else if (pingedAt === undefined) {
    // The hub must receive something within the interval, and so must the client: a stream of QoS 0 messages satisfies the hub,
    // and doesn't show whether it arrives.
    due = Math.min(
      Math.min(lastInAt, lastOutAt) + intervalMs,
      Math.max(lastInAt, unackedSince) + suspectMs(pingTimeoutMs, unackedBytes),
      acknowledgedBy,
    );
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
  const until = Math.min(
    due,
    (pingedAt ?? never) + pingTimeoutMs,
    // Meanwhile a later message may be acknowledged.
    unackedSince === never ? never : now + overtakenTimeoutMs,
  );
  return isDue
    ? to({ pingedAt }, { type: "ping" }, { type: "wait", until })
    : to(state, { type: "wait", until });
};
