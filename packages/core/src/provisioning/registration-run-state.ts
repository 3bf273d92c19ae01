import type { RegistrationResponse } from "../dialects/provisioning/registration-response.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import type { IsoHubError } from "../errors.ts";
import { type Backoff, backoffMs } from "../util/backoff.ts";
import { type Reducer, type Transition, to } from "../util/reducer.ts";

/**
 * The state of a registration. `RegistrationRun` carries its effects out.
 *
 *     connecting ─▶ registering ─▶ waiting ─▶ polling ─▶ over
 *          ▲             │            ▲          │
 *          └─ waiting ◀──┴── lost ────┴──────────┘      over as well when a retry cannot help, or after too many
 *
 * Once the service has returned an operation id, a lost connection continues that operation: nothing is registered twice.
 */
export interface RegistrationRunState {
  readonly phase: "idle" | "connecting" | "registering" | "polling" | "waiting" | "over";
  /** The step after a wait. */
  readonly next: "connect" | "register" | "poll";
  readonly operationId: string | undefined;
  /** Whether the service has accepted the device: only then is a lost connection restored. */
  readonly isAdmitted: boolean;
  /** Transient failures in a row, of requests and connections. */
  readonly failures: number;
}

export type RegistrationRunEvent =
  | { readonly type: "start" }
  /** Connected and subscribed. */
  | { readonly type: "connected" }
  | { readonly type: "lost"; readonly error: IsoHubError }
  | { readonly type: "response"; readonly response: RegistrationResponse }
  | { readonly type: "waited" };

export type RegistrationRunEffect =
  | { readonly type: "connect" }
  | { readonly type: "register" }
  | { readonly type: "poll"; readonly operationId: string }
  | { readonly type: "wait"; readonly ms: number; readonly isAssigning: boolean }
  | { readonly type: "succeed"; readonly result: RegistrationResult }
  /** Fail with what the service responded. */
  | { readonly type: "refuse"; readonly response: RegistrationResponse }
  | { readonly type: "fail"; readonly error: IsoHubError };

/** The source of randomness for retries. */
export interface RegistrationRunRules {
  readonly random: () => number;
}

/** The delay between polls if the service names none, in milliseconds. @source Python and Node SDK: 2 s */
const pollDelayMs = 2000;
/** The shortest delay between polls: a service that asks for none would be polled without a pause. */
const minPollDelayMs = 1000;
const retries: Backoff = { firstMs: pollDelayMs, longestMs: 60_000 };
/** The transient failures in a row that are retried. */
const maxFailures = 10;

export const initialRegistrationRunState: RegistrationRunState = {
  phase: "idle",
  next: "register",
  operationId: undefined,
  isAdmitted: false,
  failures: 0,
};

type Next = Transition<RegistrationRunState, RegistrationRunEffect>;

/** Decides when a registration polls, waits and gives up. */
export const reduceRegistrationRun: Reducer<
  RegistrationRunState,
  RegistrationRunEvent,
  RegistrationRunEffect,
  RegistrationRunRules
> = (state, event, _now, { random }) => {
  const { phase } = state;
  if (phase === "over") return to(state);
  switch (event.type) {
    case "start":
      return phase === "idle" ? connect(state) : to(state);
    case "connected":
      return phase === "connecting" ? ask({ ...state, isAdmitted: true }) : to(state);
    case "waited":
      if (phase !== "waiting") return to(state);
      return state.next === "connect" ? connect(state) : ask(state);
    case "lost":
      return lost(state, event.error, random);
    case "response":
      return phase === "registering" || phase === "polling"
        ? onResponse(state, event.response, random)
        : to(state);
  }
};

function connect(state: RegistrationRunState): Next {
  return to({ ...state, phase: "connecting" }, { type: "connect" });
}

/** Registers, or polls the operation that is under way. */
function ask(state: RegistrationRunState): Next {
  const { operationId } = state;
  return operationId === undefined
    ? to({ ...state, phase: "registering" }, { type: "register" })
    : to({ ...state, phase: "polling" }, { type: "poll", operationId });
}

function lost(state: RegistrationRunState, error: IsoHubError, random: () => number): Next {
  const failures = state.failures + 1;
  if (!state.isAdmitted || !error.retryable || failures > maxFailures)
    return over(state, { type: "fail", error });
  // The delay that the service asked for still applies; the connection isn't needed before its end.
  if (state.phase === "waiting") return to({ ...state, failures, next: "connect" });
  return pause({ ...state, failures }, "connect", backoffMs(retries, failures, random));
}

function onResponse(state: RegistrationRunState, response: RegistrationResponse, random: () => number): Next {
  const { status, retryAfterMs, result } = response;
  const operationId = result.operationId ?? state.operationId;
  if (status === 429 || status >= 500) {
    const failures = state.failures + 1;
    if (failures > maxFailures) return over(state, { type: "refuse", response });
    const ms = backoffMs(retries, failures, random, retryAfterMs);
    return pause({ ...state, operationId, failures }, operationId === undefined ? "register" : "poll", ms);
  }
  if (status >= 300) return over(state, { type: "refuse", response });
  if (status === 202 || result.status === "assigning") {
    if (operationId === undefined) return over(state, { type: "refuse", response });
    const ms = Math.max(retryAfterMs ?? pollDelayMs, minPollDelayMs);
    return pause({ ...state, operationId, failures: 0 }, "poll", ms);
  }
  if (result.status === "assigned") return over(state, { type: "succeed", result });
  return over(state, { type: "refuse", response });
}

function pause(state: RegistrationRunState, next: RegistrationRunState["next"], ms: number): Next {
  return to(
    { ...state, phase: "waiting", next },
    { type: "wait", ms, isAssigning: next === "poll" && state.failures === 0 },
  );
}

function over(state: RegistrationRunState, effect: RegistrationRunEffect): Next {
  return to({ ...state, phase: "over" }, effect);
}
