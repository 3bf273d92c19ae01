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
  readonly reason: Error | undefined;
}

export type Phase =
  | { readonly name: "disconnected" }
  | { readonly name: "connecting" }
  | { readonly name: "connected"; readonly since: number }
  | { readonly name: "disconnecting"; readonly next: "stay" | "redial" }
  | { readonly name: "waiting"; readonly until: number };

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
  | { readonly type: "connectFailed"; readonly error: Error }
  /** No connection will come: operations that wait for one fail. */
  | { readonly type: "giveUp"; readonly error: Error }
  /** Nobody's call failed, but the application should know. */
  | { readonly type: "report"; readonly error: Error }
  /** The connection is over: what was asked over it will have no answer. */
  | { readonly type: "disconnected" };

/** What the machine decides by. */
export interface SupervisorRules {
  /** False: a lost connection stays lost. */
  readonly retry: boolean;
  readonly policy: RetryPolicy;
  /** Whether {@link policy} is the user's own, which then also rules after a take-over. */
  readonly ownPolicy: boolean;
  readonly random: () => number;
  readonly now: number;
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
  phase: { name: "disconnected" },
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
): Transition {
  switch (event.type) {
    case "connect":
      return connect(state);
    case "disconnect":
      return disconnect(state, event.reason);
    case "opened":
      if (state.phase.name !== "connecting" || event.dial !== state.dial) return { state, effects: [] };
      return {
        state: {
          ...state,
          phase: { name: "connected", since: rules.now },
          established: true,
          reason: undefined,
        },
        effects: [{ type: "connected" }],
      };
    case "failed":
      if (state.phase.name !== "connecting" || event.dial !== state.dial) return { state, effects: [] };
      return failed(state, event.error, rules);
    case "lost":
      if (event.dial !== state.dial) return { state, effects: [] };
      // Lost while closing in order: closed, then.
      if (state.phase.name === "disconnecting") return closed(state);
      if (state.phase.name !== "connected") return { state, effects: [] };
      return lost(state, state.phase.since, event.error, event.closedByPeer, rules);
    case "closed":
      if (state.phase.name !== "disconnecting" || event.dial !== state.dial) return { state, effects: [] };
      return closed(state);
    case "retry":
      return state.phase.name === "waiting" ? dial(state, []) : { state, effects: [] };
    case "renew":
      if (state.phase.name !== "connected") return { state, effects: [] };
      return {
        state: { ...state, phase: { name: "disconnecting", next: "redial" } },
        effects: [{ type: "close", dial: state.dial, drain: true }],
      };
  }
}

function connect(state: SupervisorState): Transition {
  const wanted: SupervisorState = { ...state, desired: "connected" };
  switch (state.phase.name) {
    case "disconnected":
      return dial({ ...wanted, established: false, failures: 0 }, []);
    case "waiting":
      return dial(wanted, [{ type: "stopWaiting" }]);
    case "disconnecting":
      return { state: { ...wanted, phase: { name: "disconnecting", next: "redial" } }, effects: [] };
    case "connected":
      return { state: wanted, effects: [{ type: "connected" }] };
    case "connecting":
      return { state: wanted, effects: [] };
  }
}

function disconnect(state: SupervisorState, reason: IsoHubError): Transition {
  const idle: SupervisorState = { ...state, desired: "disconnected", reason: undefined };
  const giveUp: SupervisorEffect = { type: "giveUp", error: reason };
  switch (state.phase.name) {
    case "disconnected":
      return { state: idle, effects: [giveUp] };
    case "waiting":
      return {
        state: { ...idle, phase: { name: "disconnected" } },
        effects: [{ type: "stopWaiting" }, giveUp],
      };
    // On the way, or subscribing already: messages may have come, and their acknowledgements go out with an orderly close.
    case "connecting":
    case "connected":
      return {
        state: { ...idle, phase: { name: "disconnecting", next: "stay" } },
        effects: [{ type: "close", dial: state.dial, drain: false }, giveUp],
      };
    case "disconnecting":
      return { state: { ...idle, phase: { name: "disconnecting", next: "stay" } }, effects: [giveUp] };
  }
}

function closed(state: SupervisorState): Transition {
  const gone: SupervisorEffect = { type: "disconnected" };
  if (state.phase.name === "disconnecting" && state.phase.next === "redial") return dial(state, [gone]);
  return { state: { ...state, phase: { name: "disconnected" } }, effects: [gone] };
}

function failed(state: SupervisorState, error: IsoHubError, rules: SupervisorRules): Transition {
  const failures = state.failures + 1;
  const told: SupervisorEffect = { type: "connectFailed", error };
  // A first connection is the caller's to try again: it gets the error. Later ones are ours, unless trying again
  // cannot help.
  if (!state.established) return stop({ ...state, failures }, error, [told]);
  if (!error.retryable || !rules.retry) return reported(stop({ ...state, failures }, error, [told]), error);
  const next: SupervisorState = { ...state, failures, reason: error };
  return reported(wait(next, rules.policy(failures, error), [told], rules), error);
}

function lost(
  state: SupervisorState,
  since: number,
  error: IsoHubError,
  closedByPeer: boolean,
  rules: SupervisorRules,
): Transition {
  const lasted = rules.now - since;
  const failures = lasted >= stableAfterMs ? 1 : state.failures + 1;
  const shortLived = closedByPeer && lasted < shortLivedMs ? state.shortLived + 1 : 0;
  const pattern = shortLived >= shortLivedPattern;
  const reason = pattern ? takenOver(shortLived, error) : error;
  const next: SupervisorState = { ...state, failures, shortLived, reason };
  const gone: readonly SupervisorEffect[] = [{ type: "disconnected" }];
  if (!rules.retry) return reported(stop(next, reason, gone), reason);
  const ms = rules.policy(failures, reason);
  const delay = pattern && !rules.ownPolicy ? Math.max(ms, holdOff(shortLived, rules)) : ms;
  return reported(wait(next, delay, gone, rules), reason);
}

/** A report comes last: whoever hears of it may connect or disconnect right there, and that is the later word. */
function reported({ state, effects }: Transition, error: Error): Transition {
  return { state, effects: [...effects, { type: "report", error }] };
}

function holdOff(shortLived: number, rules: SupervisorRules): number {
  const most = Math.min(holdOffLongestMs, holdOffFirstMs * 2 ** (shortLived - shortLivedPattern));
  return most * (0.5 + rules.random() / 2);
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

function dial(state: SupervisorState, effects: readonly SupervisorEffect[]): Transition {
  const number = state.dial + 1;
  return {
    state: { ...state, phase: { name: "connecting" }, dial: number },
    effects: [...effects, { type: "dial", dial: number }],
  };
}

function wait(
  state: SupervisorState,
  ms: number,
  effects: readonly SupervisorEffect[],
  rules: SupervisorRules,
): Transition {
  const delay = Math.max(0, ms);
  return {
    state: { ...state, phase: { name: "waiting", until: rules.now + delay } },
    effects: [...effects, { type: "wait", ms: delay }],
  };
}

function stop(state: SupervisorState, error: Error, effects: readonly SupervisorEffect[]): Transition {
  return {
    state: { ...state, phase: { name: "disconnected" }, desired: "disconnected", reason: error },
    effects: [...effects, { type: "giveUp", error }],
  };
}
