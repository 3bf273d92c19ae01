import type { IsoHubError } from "../errors.ts";
import { type Backoff, backoffMs } from "../util/backoff.ts";
import { type Reducer, type Transition, to } from "../util/reducer.ts";
import { closedAgain, type IgnoredMessage } from "./link/link-errors.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/**
 * The connection supervisor: the only owner of whether a client is connected. `HubConnection` carries its effects out.
 *
 *     disconnected ─▶ connecting ─▶ connected ─▶ disconnecting ─▶ disconnected
 *                      ▲    │ failed      │ lost · token renewal
 *                      └── waiting ◀──────┘
 *
 * Each connection attempt has a number; events from an earlier attempt are ignored.
 */
export interface SupervisorState {
  readonly phase: Phase;
  /** The time when the phase began. */
  readonly since: number;
  /** The time when the wait ends, in the phase `waiting`. */
  readonly until: number;
  /** An orderly close is followed by another attempt if a connection is desired. */
  readonly desired: "connected" | "disconnected";
  /** The number of the latest attempt. */
  readonly attempt: number;
  /** Whether the hub has accepted a connection since one was last requested: only then is a failed attempt repeated. */
  readonly established: boolean;
  /** Failures in a row; a stable connection resets them. */
  readonly failures: number;
  /** Attempts in a row that the hub didn't accept. */
  readonly unaccepted: number;
  /** Connections in a row that the hub closed soon after it had accepted them, all with or all without messages ignored. */
  readonly shortLived: number;
  /** Whether it ignored messages over the latest of them. */
  readonly ignored: boolean;
  /** Why the client is not connected, or last was not. */
  readonly reason: IsoHubError | undefined;
}

type Phase = "disconnected" | "connecting" | "connected" | "disconnecting" | "waiting";

export type SupervisorEvent =
  /** The application, or an operation, needs a connection. */
  | { readonly type: "connect" }
  | { readonly type: "disconnect"; readonly reason: IsoHubError }
  /** The hub has accepted the client, which is now subscribing. */
  | { readonly type: "accepted"; readonly attempt: number }
  | { readonly type: "opened"; readonly attempt: number }
  | { readonly type: "failed"; readonly attempt: number; readonly error: IsoHubError }
  | {
      readonly type: "lost";
      readonly attempt: number;
      readonly error: IsoHubError;
      readonly closedByPeer: boolean;
      /** The oldest message, if the client sent any over the connection, and the hub acknowledged none. */
      readonly ignored?: IgnoredMessage | undefined;
    }
  /** Another client uses the identity, and the attempt waits for it. */
  | { readonly type: "inUse"; readonly error: IsoHubError }
  /** An orderly close has finished. */
  | { readonly type: "closed"; readonly attempt: number }
  | { readonly type: "retry" }
  /** Reconnect with a fresh token. */
  | { readonly type: "renew" };

export type SupervisorEffect =
  | { readonly type: "attempt"; readonly attempt: number }
  /** Close in order, or abandon an attempt; with `drain`, wait for messages in flight first. */
  | { readonly type: "close"; readonly drain: boolean }
  | { readonly type: "wait"; readonly ms: number }
  /** Resolve everything that waits for a connection. */
  | { readonly type: "connected" }
  /** Reject the calls of connect(): this attempt failed. */
  | { readonly type: "reject"; readonly error: IsoHubError }
  /** Reject the operations that wait for a connection: there will be none. */
  | { readonly type: "giveUp"; readonly error: IsoHubError }
  /** Report an error that no call rejects with. */
  | { readonly type: "report"; readonly error: IsoHubError }
  /** The connection has ended, and with it its open requests. */
  | { readonly type: "disconnected" };

/** The options of the supervisor. */
export interface SupervisorRules {
  /** If false, a lost connection stays lost. */
  readonly connectionRetry: boolean;
  /** Whether attempts are repeated before the hub has accepted a connection. */
  readonly firstConnectionRetry?: boolean;
  readonly retryPolicy: RetryPolicy;
  /** Whether {@link retryPolicy} or its interval is the application's, which then applies also after a takeover. */
  readonly ownRetryPolicy: boolean;
  /** Defaults to `Math.random`. */
  readonly random?: () => number;
}

/** A connection that lasted this long resets the backoff. */
export const stableAfterMs = 60_000;
/** A connection that the hub closes within this time is short-lived. */
export const shortLivedMs = 10_000;
/** The number of short-lived connections in a row that is taken for a takeover. */
export const shortLivedPattern = 3;

/** The delays after a takeover. */
const holdOff: Backoff = { firstMs: 30_000, longestMs: 900_000 };

export const initialSupervisorState: SupervisorState = {
  phase: "disconnected",
  since: 0,
  until: 0,
  desired: "disconnected",
  attempt: 0,
  established: false,
  failures: 0,
  unaccepted: 0,
  shortLived: 0,
  ignored: false,
  reason: undefined,
};

type Next = Transition<SupervisorState, SupervisorEffect>;

/** Decides when a client connects, waits and gives up. */
export const reduceSupervisor: Reducer<
  SupervisorState,
  SupervisorEvent,
  SupervisorEffect,
  SupervisorRules
> = (state, event, now, rules) => {
  const next = proceed(state, event, now, rules) ?? to(state);
  return next.state.phase === state.phase ? next : to({ ...next.state, since: now }, ...next.effects);
};

/** @returns `undefined` for an event that means nothing in this phase */
function proceed(
  state: SupervisorState,
  event: SupervisorEvent,
  now: number,
  rules: SupervisorRules,
): Next | undefined {
  const { phase } = state;
  // An event from an earlier attempt.
  if ("attempt" in event && event.attempt !== state.attempt) return undefined;
  switch (event.type) {
    case "connect":
      return connect(state);
    case "disconnect":
      return disconnect(state, event.reason);
    case "accepted":
      return phase === "connecting" ? to({ ...state, established: true, unaccepted: 0 }) : undefined;
    case "opened":
      if (phase !== "connecting") return undefined;
      return to(
        { ...state, phase: "connected", established: true, reason: undefined },
        { type: "connected" },
      );
    case "failed":
      return phase === "connecting" ? failed(state, event.error, now, rules) : undefined;
    case "inUse":
      return phase === "connecting" ? to({ ...state, reason: event.error }) : undefined;
    case "lost":
      if (phase === "connected") return lost(state, event, now, rules);
      // Lost during an orderly close: it is closed.
      return phase === "disconnecting" ? closed(state) : undefined;
    case "closed":
      return phase === "disconnecting" ? closed(state) : undefined;
    case "retry":
      return phase === "waiting" ? attempt(state) : undefined;
    case "renew":
      if (phase !== "connected") return undefined;
      return to({ ...state, phase: "disconnecting" }, { type: "close", drain: true });
  }
}

const disconnected: SupervisorEffect = { type: "disconnected" };
const giveUp = (error: IsoHubError): SupervisorEffect => ({ type: "giveUp", error });

function connect(state: SupervisorState): Next {
  const wanted: SupervisorState = { ...state, desired: "connected" };
  switch (state.phase) {
    case "disconnected":
      return attempt({ ...wanted, established: false, failures: 0, unaccepted: 0 });
    case "waiting":
      return attempt(wanted);
    case "connected":
      return to(wanted, { type: "connected" });
    default:
      return to(wanted);
  }
}

function disconnect(state: SupervisorState, reason: IsoHubError): Next {
  const idle: SupervisorState = { ...state, desired: "disconnected", reason: undefined };
  switch (state.phase) {
    case "waiting":
      return to({ ...idle, phase: "disconnected" }, giveUp(reason));
    // Even while subscribing, messages may have arrived, and an orderly close sends their acknowledgements.
    case "connecting":
    case "connected":
      return to({ ...idle, phase: "disconnecting" }, { type: "close", drain: false }, giveUp(reason));
    default:
      return to(idle, giveUp(reason));
  }
}

function closed(state: SupervisorState): Next {
  return state.desired === "connected"
    ? attempt(state, disconnected)
    : to({ ...state, phase: "disconnected" }, disconnected);
}

// The next three report last, so that a listener can reconnect or disconnect immediately.

function failed(state: SupervisorState, error: IsoHubError, now: number, rules: SupervisorRules): Next {
  const failures = state.failures + 1;
  const next: SupervisorState = { ...state, failures, unaccepted: state.unaccepted + 1, reason: error };
  const reject: SupervisorEffect = { type: "reject", error };
  const report: SupervisorEffect = { type: "report", error };
  const { connectionRetry, firstConnectionRetry, retryPolicy } = rules;
  // Repeating the first attempt is up to the caller, who gets the error. Later ones are repeated here, unless that cannot help.
  if (!state.established && !firstConnectionRetry) return stop(next, error, reject);
  const repeats = state.established ? connectionRetry : firstConnectionRetry;
  if (!canHeal(error) || !repeats) return stop(next, error, reject, report);
  // Callers wait for the first connection, however long it takes.
  const before = state.established ? [reject] : [];
  return wait(next, retryPolicy(failures, error), now, before, report);
}

/**
 * Whether another attempt may succeed where the same operation fails: what broke the protocol may be a proxy in a moment of
 * trouble, and so may the token broker that answered with an error status.
 */
function canHeal({ retryable, code }: IsoHubError): boolean {
  return retryable || code === "protocol_error" || code === "token_provider_failed";
}

function lost(
  state: SupervisorState,
  { error, closedByPeer, ignored }: Extract<SupervisorEvent, { type: "lost" }>,
  now: number,
  rules: SupervisorRules,
): Next {
  const { connectionRetry, retryPolicy, ownRetryPolicy, random = Math.random } = rules;
  const lasted = now - state.since;
  const failures = lasted >= stableAfterMs ? 1 : state.failures + 1;
  const isIgnored = ignored !== undefined;
  const before = isIgnored === state.ignored ? state.shortLived : 0;
  const shortLived = closedByPeer && lasted < shortLivedMs ? before + 1 : 0;
  const isPattern = shortLived >= shortLivedPattern;
  const reason = isPattern ? closedAgain(shortLived, shortLivedMs, ignored, error) : error;
  const next: SupervisorState = { ...state, failures, shortLived, ignored: isIgnored, reason };
  const report: SupervisorEffect = { type: "report", error: reason };
  if (!connectionRetry) return stop(next, reason, disconnected, report);
  const ms = retryPolicy(failures, reason);
  const delay =
    isPattern && !isIgnored && !ownRetryPolicy
      ? backoffMs(holdOff, shortLived - shortLivedPattern + 1, random, ms)
      : ms;
  return wait(next, delay, now, [disconnected], report);
}

function attempt(state: SupervisorState, ...before: SupervisorEffect[]): Next {
  const number = state.attempt + 1;
  return to({ ...state, phase: "connecting", attempt: number }, ...before, {
    type: "attempt",
    attempt: number,
  });
}

function wait(
  state: SupervisorState,
  delay: number,
  now: number,
  before: readonly SupervisorEffect[],
  report: SupervisorEffect,
): Next {
  const ms = Math.max(0, delay);
  return to({ ...state, phase: "waiting", until: now + ms }, ...before, { type: "wait", ms }, report);
}

function stop(
  state: SupervisorState,
  reason: IsoHubError,
  before: SupervisorEffect,
  ...after: SupervisorEffect[]
): Next {
  return to(
    { ...state, phase: "disconnected", desired: "disconnected", reason },
    before,
    giveUp(reason),
    ...after,
  );
}
