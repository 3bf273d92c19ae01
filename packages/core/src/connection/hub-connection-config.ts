import type { AttemptClient, AttemptConfig } from "./attempt/attempt-context.ts";
import type { SupervisorRules } from "./supervisor-state.ts";
import type { TokenRenewerEvents } from "./token-renewer.ts";

/** The options of a connection. */
export interface HubConnectionConfig extends AttemptConfig {
  readonly options: AttemptConfig["options"] &
    SupervisorRules & {
      readonly autoConnect: boolean;
      readonly operationTimeoutMs: number;
      readonly connectStepTimeoutMs: number;
    };
}

/** The client above a connection: receives its events. */
export interface HubConnectionEvents extends AttemptClient, TokenRenewerEvents {
  onStateChange(): void;
  onConnected(): void;
  onDisconnected(error: Error): void;
  /** Another hub has accepted the client, or the same hub as a device created anew: it has no state of the previous one. */
  onMoved(): void;
  /** Resolves once no request waits for its response. */
  settled(): Promise<void>;
}
