import type { ClientState } from "./client-state.ts";
import type { DialConfig } from "./dialer.ts";
import type { LocatorEvents } from "./hub-locator.ts";
import type { LinkEvents } from "./link.ts";
import type { SupervisorRules } from "./supervisor-state.ts";
import type { TokenRenewerEvents } from "./token-renewer.ts";

/** What a connection is made with and kept up by. */
export interface HubConnectionConfig extends DialConfig {
  readonly options: DialConfig["options"] &
    SupervisorRules & { readonly autoConnect: boolean; readonly operationTimeoutMs: number };
}

/** What a connection asks of, and tells, the client above it. */
export interface HubConnectionEvents
  extends LocatorEvents,
    TokenRenewerEvents,
    Pick<LinkEvents, "onPublish"> {
  onStateChange(state: ClientState): void;
  onConnected(): void;
  onDisconnected(error: Error): void;
  /** Another hub has accepted the client, or the same one as a device made anew: what the old one knew is gone. */
  onMoved(): void;
  /** Resolves once no request waits for its response. */
  requestsSettled(): Promise<void>;
}
