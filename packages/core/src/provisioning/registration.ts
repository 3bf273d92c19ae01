import type { RegistrationResponse } from "../dialects/provisioning/registration-response.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";

/**
 * The course of a registration: pure, driven by `RegistrationRun`.
 *
 *     connecting ─▶ registering ─▶ waiting ─▶ polling ─▶ done
 *          ▲             │            ▲          │
 *          └─ waiting ◀──┴── lost ────┴──────────┘      failed when trying again cannot help, or was tried too often
 *
 * Once the service has named the operation, a lost connection goes on with it: nothing is registered twice.
 */
export interface RegistrationCourse {
  readonly phase: "connecting" | "registering" | "polling" | "waiting" | "over";
  /** What follows a wait. */
  readonly next: "connect" | "register" | "poll";
  readonly operationId: string | undefined;
  /** Whether the service has let the device in: only then is a lost connection made again. */
  readonly admitted: boolean;
  /** Answers and connections in a row that failed for a while. */
  readonly failures: number;
}

export type RegistrationEvent =
  | { readonly type: "connected" }
  | { readonly type: "connectionLost"; readonly error: Error; readonly retryable: boolean }
  | { readonly type: "answer"; readonly answer: RegistrationResponse }
  | { readonly type: "waited" };

export type RegistrationEffect =
  | { readonly type: "connect" }
  | { readonly type: "register" }
  | { readonly type: "poll"; readonly operationId: string }
  | { readonly type: "wait"; readonly ms: number; readonly assigning: boolean }
  | { readonly type: "succeed"; readonly result: RegistrationResult }
  /** The answer says no. */
  | { readonly type: "refuse"; readonly answer: RegistrationResponse }
  | { readonly type: "fail"; readonly error: Error };

export interface RegistrationStep {
  readonly course: RegistrationCourse;
  readonly effects: readonly RegistrationEffect[];
}

/** The wait where the service names none, in milliseconds. @source Python and Node SDK: 2 s */
const usualWaitMs = 2000;
const longestWaitMs = 60_000;
/** So many failures in a row that may pass are enough. */
const mostFailures = 10;

export const startOfRegistration: RegistrationStep = {
  course: { phase: "connecting", next: "register", operationId: undefined, admitted: false, failures: 0 },
  effects: [{ type: "connect" }],
};

export function proceed(
  course: RegistrationCourse,
  event: RegistrationEvent,
  random: () => number,
): RegistrationStep {
  if (course.phase === "over") return { course, effects: [] };
  switch (event.type) {
    case "connected":
      return course.phase === "connecting" ? ask({ ...course, admitted: true }) : { course, effects: [] };
    case "waited":
      if (course.phase !== "waiting") return { course, effects: [] };
      if (course.next === "connect") {
        return { course: { ...course, phase: "connecting" }, effects: [{ type: "connect" }] };
      }
      return ask(course);
    case "connectionLost":
      return lost(course, event.error, event.retryable, random);
    case "answer":
      return course.phase === "registering" || course.phase === "polling"
        ? onAnswer(course, event.answer, random)
        : { course, effects: [] };
  }
}

/** Registers, or asks for the operation that is under way. */
function ask(course: RegistrationCourse): RegistrationStep {
  const { operationId } = course;
  if (operationId === undefined) {
    return { course: { ...course, phase: "registering" }, effects: [{ type: "register" }] };
  }
  return { course: { ...course, phase: "polling" }, effects: [{ type: "poll", operationId }] };
}

function lost(
  course: RegistrationCourse,
  error: Error,
  retryable: boolean,
  random: () => number,
): RegistrationStep {
  const failures = course.failures + 1;
  if (!course.admitted || !retryable || failures > mostFailures) return over(course, { type: "fail", error });
  // What the service asked to wait for is waited for; the connection is not needed before.
  if (course.phase === "waiting") return { course: { ...course, failures, next: "connect" }, effects: [] };
  return pause({ ...course, failures }, "connect", backOff(failures, random));
}

function onAnswer(
  course: RegistrationCourse,
  answer: RegistrationResponse,
  random: () => number,
): RegistrationStep {
  const { status, retryAfterMs, result } = answer;
  const operationId = result.operationId ?? course.operationId;
  if (status === 429 || status >= 500) {
    const failures = course.failures + 1;
    if (failures > mostFailures) return over(course, { type: "refuse", answer });
    const ms = Math.max(retryAfterMs ?? 0, backOff(failures, random));
    return pause({ ...course, operationId, failures }, operationId === undefined ? "register" : "poll", ms);
  }
  if (status >= 300) return over(course, { type: "refuse", answer });
  if (status === 202 || result.status === "assigning") {
    if (operationId === undefined) return over(course, { type: "refuse", answer });
    return pause({ ...course, operationId, failures: 0 }, "poll", retryAfterMs ?? usualWaitMs);
  }
  if (result.status === "assigned") return over(course, { type: "succeed", result });
  return over(course, { type: "refuse", answer });
}

function pause(course: RegistrationCourse, next: RegistrationCourse["next"], ms: number): RegistrationStep {
  return {
    course: { ...course, phase: "waiting", next },
    effects: [{ type: "wait", ms, assigning: next === "poll" && course.failures === 0 }],
  };
}

function over(course: RegistrationCourse, effect: RegistrationEffect): RegistrationStep {
  return { course: { ...course, phase: "over" }, effects: [effect] };
}

function backOff(failures: number, random: () => number): number {
  const most = Math.min(longestWaitMs, usualWaitMs * 2 ** (failures - 1));
  return most * (0.5 + random() / 2);
}
