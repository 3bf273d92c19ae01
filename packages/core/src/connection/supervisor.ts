import { ConnectionDroppedError, type IsoHubError } from "../errors.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/**
 * The connection supervisor: the only owner of whether a client is connected. A pure function from state and event to
 * state and effects; `HubConnection` carries the effects out.
 *
 *     disconnected ─▶ connecting ─▶ connected ─▶ disconnecting ─▶ disconnected
 *                      ▲    │ failed      │ lost · token renewal
 *                      └── waiting ◀──────┘
 *
 * Each dial has a number; whatever an older one still reports is ignored.
 */
export interface SupervisorState {
  readonly phase: Phase;
  /** When the phase began. */
  readonly since: number;
  /** When the wait ends, while it is one. */
  readonly until: number;
  /** Closing in order ends in another dial where a connection is wanted. */
  readonly desired: "connected" | "disconnected";
  /** The number of the latest dial. */
  readonly dial: number;
  /** Whether the hub has accepted a connection since it was last asked for: only then is a failure tried again. */
  readonly established: boolean;
  /** Failures in a row; a connection that has been stable sets it back. */
  readonly failures: number;
  /** Connections in a row that the hub closed soon after it had accepted them. */
  readonly shortLived: number;
  /** Why the client is not connected, or last was not. */
  readonly reason: IsoHubError | undefined;
}

export type Phase = "disconnected" | "connecting" | "connected" | "disconnecting" | "waiting";

export type SupervisorEvent =
  /** A connection is wanted: by the user, or by an operation that needs one. */
  | { readonly type: "connect" }
  | { readonly type: "disconnect"; readonly reason: IsoHubError }
  | { readonly type: "opened"; readonly dial: number }
  | { readonly type: "failed"; readonly dial: number; readonly error: IsoHubError }
  | {
      readonly type: "lost";
      readonly dial: number;
      readonly error: IsoHubError;
      readonly closedByPeer: boolean;
    }
  /** An orderly close has finished. */
  | { readonly type: "closed"; readonly dial: number }
  | { readonly type: "retry" }
  /** The connection has to be made anew, with a fresh token. */
  | { readonly type: "renew" };

export type SupervisorEffect =
  | { readonly type: "dial"; readonly dial: number }
  /** Close in order, or drop a dial that has not come through; for a renewal, let what is in flight finish first. */
  | { readonly type: "close"; readonly dial: number; readonly drain: boolean }
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "stopWaiting" }
  /** Everybody who waits for a connection has one. */
  | { readonly type: "connected" }
  /** Those who called connect() learn that this try failed. */
  | { readonly type: "connectFailed"; readonly error: IsoHubError }
  /** No connection will come: operations that wait for one fail. */
  | { readonly type: "giveUp"; readonly error: IsoHubError }
  /** Nobody's call failed, but the application should know. */
  | { readonly type: "report"; readonly error: IsoHubError }
  /** The connection is over: what was asked over it will have no answer. */
  | { readonly type: "disconnected" };

/** What the machine decides by. */
export interface SupervisorRules {
  /** False: a lost connection stays lost. */
  readonly connectionRetry: boolean;
  readonly retryPolicy: RetryPolicy;
  /** Whether {@link retryPolicy} is the user's own, which then also rules after a take-over. */
  readonly ownRetryPolicy: boolean;
  /** `Math.random` when left out. */
  readonly random?: () => number;
}

/** A connection that lasted this long was a good one: the back-off starts again from its first step. */
export const stableAfterMs = 60_000;
/** A connection that the hub closes within this time was not wanted by it, or by someone else. */
export const shortLivedMs = 10_000;
/** So many of those in a row are a pattern. */
export const shortLivedPattern = 3;

const holdOffFirstMs = 30_000;
const holdOffLongestMs = 900_000;

export const initialSupervisorState: SupervisorState = {
  phase: "disconnected",
  since: 0,
  until: 0,
  desired: "disconnected",
  dial: 0,
  established: false,
  failures: 0,
  shortLived: 0,
  reason: undefined,
};

export interface Transition {
  readonly state: SupervisorState;
  readonly effects: readonly SupervisorEffect[];
}

export function supervise(
  state: SupervisorState,
  event: SupervisorEvent,
  rules: SupervisorRules,
  now: number,
): Transition {
  const next = proceed(state, event, rules, now) ?? to(state);
  return next.state.phase === state.phase ? next : to({ ...next.state, since: now }, ...next.effects);
}

/** @returns nothing where an event says nothing in a phase */
function proceed(
  state: SupervisorState,
  event: SupervisorEvent,
  rules: SupervisorRules,
  now: number,
): Transition | undefined {
  const { phase } = state;
  // Late news of an earlier dial.
  if ("dial" in event && event.dial !== state.dial) return undefined;
  switch (event.type) {
    case "connect":
      return connect(state);
    case "disconnect":
      return disconnect(state, event.reason);
    case "opened":
      if (phase !== "connecting") return undefined;
      return to(
        { ...state, phase: "connected", established: true, reason: undefined },
        { type: "connected" },
      );
    case "failed":
      return phase === "connecting" ? failed(state, event.error, rules, now) : undefined;
    case "lost":
      if (phase === "connected") return lost(state, event, rules, now);
      // Lost while closing in order: closed, then.
      return phase === "disconnecting" ? closed(state) : undefined;
    case "closed":
      return phase === "disconnecting" ? closed(state) : undefined;
    case "retry":
      return phase === "waiting" ? dial(state) : undefined;
    case "renew":
      if (phase !== "connected") return undefined;
      return to({ ...state, phase: "disconnecting" }, { type: "close", dial: state.dial, drain: true });
  }
}

const gone: SupervisorEffect = { type: "disconnected" };
const stopWaiting: SupervisorEffect = { type: "stopWaiting" };

function to(state: SupervisorState, ...effects: SupervisorEffect[]): Transition {
  return { state, effects };
}

function connect(state: SupervisorState): Transition {
  const wanted: SupervisorState = { ...state, desired: "connected" };
  switch (state.phase) {
    case "disconnected":
      return dial({ ...wanted, established: false, failures: 0 });
    case "waiting":
      return dial(wanted, stopWaiting);
    case "connected":
      return to(wanted, { type: "connected" });
    default:
      return to(wanted);
  }
}

function disconnect(state: SupervisorState, reason: IsoHubError): Transition {
  const idle: SupervisorState = { ...state, desired: "disconnected", reason: undefined };
  const giveUp: SupervisorEffect = { type: "giveUp", error: reason };
  switch (state.phase) {
    case "waiting":
      return to({ ...idle, phase: "disconnected" }, stopWaiting, giveUp);
    // On the way, or subscribing already: messages may have come, and their acknowledgements go out with an orderly close.
    case "connecting":
    case "connected":
      return to(
        { ...idle, phase: "disconnecting" },
        { type: "close", dial: state.dial, drain: false },
        giveUp,
      );
    default:
      return to(idle, giveUp);
  }
}

function closed(state: SupervisorState): Transition {
  return state.desired === "connected" ? dial(state, gone) : to({ ...state, phase: "disconnected" }, gone);
}

// In the next three a report comes last: whoever hears of it may connect or disconnect right there, and that is the later
// word.

function failed(state: SupervisorState, error: IsoHubError, rules: SupervisorRules, now: number): Transition {
  const failures = state.failures + 1;
  const next: SupervisorState = { ...state, failures, reason: error };
  const told: SupervisorEffect = { type: "connectFailed", error };
  const report: SupervisorEffect = { type: "report", error };
  // A first connection is the caller's to try again: it gets the error. Later ones are ours, unless trying again
  // cannot help.
  if (!state.established) return stop(next, error, told);
  if (!error.retryable || !rules.connectionRetry) return stop(next, error, told, report);
  return wait(next, rules.retryPolicy(failures, error), now, told, report);
}

function lost(
  state: SupervisorState,
  { error, closedByPeer }: { readonly error: IsoHubError; readonly closedByPeer: boolean },
  rules: SupervisorRules,
  now: number,
): Transition {
  const lasted = now - state.since;
  const failures = lasted >= stableAfterMs ? 1 : state.failures + 1;
  const shortLived = closedByPeer && lasted < shortLivedMs ? state.shortLived + 1 : 0;
  const pattern = shortLived >= shortLivedPattern;
  const reason = pattern ? takenOver(shortLived, error) : error;
  const next: SupervisorState = { ...state, failures, shortLived, reason };
  const report: SupervisorEffect = { type: "report", error: reason };
  if (!rules.connectionRetry) return stop(next, reason, gone, report);
  const ms = rules.retryPolicy(failures, reason);
  const delay = pattern && !rules.ownRetryPolicy ? Math.max(ms, holdOff(shortLived, rules)) : ms;
  return wait(next, delay, now, gone, report);
}

function holdOff(shortLived: number, rules: SupervisorRules): number {
  const most = Math.min(holdOffLongestMs, holdOffFirstMs * 2 ** (shortLived - shortLivedPattern));
  return most * (0.5 + (rules.random ?? Math.random)() / 2);
}

function takenOver(times: number, cause: Error): ConnectionDroppedError {
  return new ConnectionDroppedError(
    "taken_over",
    `The hub closed ${times} connections in a row within ${shortLivedMs / 1000} s of accepting them`,
    {
      cause,
      remediation:
        "Look for a second client with the same device id, which evicts this one each time, then at the quota of the hub",
    },
  );
}

function dial(state: SupervisorState, ...before: SupervisorEffect[]): Transition {
  const number = state.dial + 1;
  return to({ ...state, phase: "connecting", dial: number }, ...before, { type: "dial", dial: number });
}

function wait(
  state: SupervisorState,
  delay: number,
  now: number,
  before: SupervisorEffect,
  report: SupervisorEffect,
): Transition {
  const ms = Math.max(0, delay);
  return to({ ...state, phase: "waiting", until: now + ms }, before, { type: "wait", ms }, report);
}

function stop(
  state: SupervisorState,
  error: IsoHubError,
  before: SupervisorEffect,
  ...after: SupervisorEffect[]
): Transition {
  const stopped: SupervisorState = {
    ...state,
    phase: "disconnected",
    desired: "disconnected",
    reason: error,
  };
  return to(stopped, before, { type: "giveUp", error }, ...after);
}
