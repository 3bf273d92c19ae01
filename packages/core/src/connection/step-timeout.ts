import { never } from "../util/clock.ts";
import { growth } from "./retry-policy.ts";
import type { SupervisorRules, SupervisorState } from "./supervisor-state.ts";

/**
 * The time limit for each step of the next attempt, in milliseconds. It grows with each attempt that the hub didn't accept, so that a
 * device whose network needs longer connects nevertheless. An attempt that isn't repeated has only the limit for all of its steps.
 */
export function stepTimeout(
  { established, unaccepted }: SupervisorState,
  { firstConnectionRetry, connectStepTimeoutMs }: SupervisorRules & { readonly connectStepTimeoutMs: number },
): number {
  if (!established && !firstConnectionRetry) return never;
  return connectStepTimeoutMs * growth ** unaccepted;
}
