import type { InboundPublish } from "../mqtt/engine.ts";
import type { Identity } from "../mqtt/topics.ts";
import type { ClientState } from "./client-state.ts";
import type { Link, LinkConfig } from "./link.ts";
import type { RetryPolicy } from "./retry-policy.ts";

/** What a connection is made with and kept up by. */
export interface HubConnectionConfig extends LinkConfig {
  readonly identity: Identity;
  readonly autoConnect: boolean;
  readonly connectionRetry: boolean;
  readonly retryPolicy: RetryPolicy;
  readonly ownRetryPolicy: boolean;
  readonly operationTimeoutMs: number;
  readonly maxInFlight: number;
  readonly random: () => number;
}

/** What a connection tells the client above it. */
export interface HubConnectionEvents {
  onPublish(message: InboundPublish, link: Link): void;
  onStateChange(state: ClientState): void;
  onConnected(): void;
  onDisconnected(error: Error): void;
  onBackgroundError(error: Error): void;
  onTokenNeeded(): void;
  /** Resolves when no request waits for its answer any more. */
  requestsAnswered(): Promise<void>;
}
