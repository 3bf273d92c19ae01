/**
 * When to ping, and when a connection counts as dead: pure, over the times at which bytes last came and went.
 *
 * Any byte from the hub is a sign of life. MQTT's own rule would notice a dead connection only after 1.5 keep-alives;
 * here a ping that stays without any answer for the ping time-out is enough, and a publish that stays unacknowledged
 * is a reason to ping at once.
 */
export interface KeepAliveState {
  /** When bytes last came in. */
  readonly lastInAt: number;
  /** When bytes last went out. */
  readonly lastOutAt: number;
  /** When the ping went out since which nothing has come in. */
  readonly pingedAt: number | undefined;
  /** Since when the oldest message in flight waits for its acknowledgement. */
  readonly unackedSince: number | undefined;
}

export interface KeepAliveRules {
  readonly intervalMs: number;
  readonly pingTimeoutMs: number;
}

export type KeepAliveVerdict =
  | { readonly type: "wait"; readonly until: number }
  | { readonly type: "ping" }
  | { readonly type: "dead" };

export function checkKeepAlive(state: KeepAliveState, rules: KeepAliveRules, now: number): KeepAliveVerdict {
  const { lastInAt, lastOutAt, pingedAt, unackedSince } = state;
  if (pingedAt !== undefined) {
    const deadline = pingedAt + rules.pingTimeoutMs;
    if (now >= deadline) return { type: "dead" };
    // The hub has a clock of its own, and a keep-alive may be shorter than the wait for an answer.
    const due = lastOutAt + rules.intervalMs;
    return now >= due ? { type: "ping" } : { type: "wait", until: Math.min(deadline, due) };
  }
  // The hub must hear from us within the interval, and we want to hear from it within the same time: a stream of QoS 0
  // messages keeps the hub content and says nothing about whether it gets them.
  let due = Math.min(lastInAt, lastOutAt) + rules.intervalMs;
  if (unackedSince !== undefined) due = Math.min(due, Math.max(lastInAt, unackedSince) + rules.pingTimeoutMs);
  return now >= due ? { type: "ping" } : { type: "wait", until: due };
}
