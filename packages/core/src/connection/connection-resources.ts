import type { Timer } from "../util/clock.ts";
import type { ConnectionAttempt } from "./attempt/connection-attempt.ts";
import type { Link } from "./link/link.ts";

/** The time that a renewal waits for messages in flight before it closes the connection, in milliseconds. */
export const drainTimeoutMs = 5000;

/** The resources of a connection in each phase. */
export type ConnectionResources =
  | { readonly phase: "disconnected" }
  | { readonly phase: "connecting"; readonly attempt: ConnectionAttempt }
  /** The link is subscribed and in use. */
  | { readonly phase: "connected"; readonly attempt: ConnectionAttempt; readonly link: Link }
  | {
      readonly phase: "disconnecting";
      readonly attempt: ConnectionAttempt;
      /** Closes without waiting for messages in flight any longer. */
      readonly stopDraining: () => void;
    }
  | { readonly phase: "waiting"; readonly timer: Timer };
