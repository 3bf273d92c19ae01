import type { IsoHubError } from "../errors.ts";
import type { SupervisorState } from "./supervisor-state.ts";

/**
 * The connection state of a client: a frozen object, the same one until the state changes.
 *
 * - `disconnected`: there is no connection, and none is desired; `reason` is set unless the application disconnected
 * - `connecting`: a connection attempt is in progress; with the reason `identity_in_use` it may be waiting for another client
 * - `connected`
 * - `disconnecting`: the connection is being closed, for good or to reconnect with a fresh token
 * - `waiting`: the connection was lost, or an attempt failed; the next attempt starts at `nextRetryAt`
 */
export interface ClientState {
  readonly status: "disconnected" | "connecting" | "connected" | "disconnecting" | "waiting";
  /** The time when this status began. */
  readonly since: Date;
  /** Why there is no connection; undefined while there is one, or if the application disconnected. */
  readonly reason: IsoHubError | undefined;
  /** The number of failures in a row; 0 while connected. */
  readonly attempt: number;
  readonly nextRetryAt: Date | undefined;
}

function toClientState({ phase, since, until, reason, failures }: SupervisorState): ClientState {
  return Object.freeze({
    status: phase,
    since: new Date(since),
    reason,
    attempt: phase === "connected" ? 0 : failures,
    nextRetryAt: phase === "waiting" ? new Date(until) : undefined,
  });
}

/** Converts the supervisor's states, to the same object until it changes: frameworks compare by identity. */
export class ClientStateView {
  #state: SupervisorState | undefined;
  #view: ClientState | undefined;

  of(state: SupervisorState): ClientState {
    const before = this.#state;
    this.#state = state;
    // The other fields change together with the phase, or aren't visible.
    if (
      this.#view === undefined ||
      before?.phase !== state.phase ||
      before.since !== state.since ||
      before.reason !== state.reason ||
      before.failures !== state.failures
    )
      this.#view = toClientState(state);
    return this.#view;
  }
}
