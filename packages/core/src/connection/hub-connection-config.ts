import type { InboundPublish } from "../mqtt/engine.ts";
import type { ClientState } from "./client-state.ts";
import type { DialConfig } from "./dial.ts";
import type { LocatorEvents } from "./hub-locator.ts";
import type { Link } from "./link.ts";
import type { RetryPolicy } from "./retry-policy.ts";
import type { TrafficEvents } from "./traffic.ts";

/** What a connection is made with and kept up by. */
export interface HubConnectionConfig extends DialConfig {
  readonly autoConnect: boolean;
  readonly connectionRetry: boolean;
  readonly retryPolicy: RetryPolicy;
  readonly ownRetryPolicy: boolean;
  readonly operationTimeoutMs: number;
  readonly maxInFlight: number;
  readonly random: () => number;
}

/** What a connection tells the client above it. */
export interface HubConnectionEvents extends LocatorEvents, TrafficEvents {
  onPublish(message: InboundPublish, link: Link): void;
  onStateChange(state: ClientState): void;
  onConnected(): void;
  onDisconnected(error: Error): void;
  onTokenNeeded(): void;
}
