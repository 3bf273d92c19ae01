import type { IsoHubError } from "../errors.ts";
import type { SupervisorState } from "./supervisor-state.ts";

/**
 * Where a client stands with its hub.
 *
 * - `disconnected`: no connection, and none is wanted; `reason` says why when that was not the application's wish
 * - `connecting`: on the way to the hub
 * - `connected`
 * - `disconnecting`: closing in order, to stay closed or to come back with a fresh token
 * - `waiting`: the connection was lost or could not be made again; the next try comes at `nextRetryAt`
 */
export interface ClientState {
  readonly status: "disconnected" | "connecting" | "connected" | "disconnecting" | "waiting";
  /** Since when it has been so. */
  readonly since: Date;
  /** Why there is no connection; undefined while there is one and when none was wanted. */
  readonly reason: IsoHubError | undefined;
  /** Failures in a row, 0 while connected. */
  readonly attempt: number;
  readonly nextRetryAt: Date | undefined;
}

export function toClientState({ phase, since, until, reason, failures }: SupervisorState): ClientState {
  return {
    status: phase,
    since: new Date(since),
    reason,
    attempt: phase === "connected" ? 0 : failures,
    nextRetryAt: phase === "waiting" ? new Date(until) : undefined,
  };
}
