import type { IoTHubDeviceClient } from "../packages/node/src/index.ts";
import type { CellCredential } from "./cell-device.ts";
import type { FaultSite } from "./fault.ts";

/** The part of a cell that a moment drives. */
export interface MomentStage extends FaultSite {
  readonly client: IoTHubDeviceClient;
  /** Makes the fault happen, once. */
  readonly inject: () => Promise<void>;
  /** Makes the fault happen as soon as the client sends its next bytes, before they are passed on. */
  injectAtNextBytes(): void;
  /** Whether the fault happens to attempts to connect, so that it can be made before the first. */
  readonly affectsAttempts: boolean;
  /** Watches an operation: it must settle. */
  track(name: string, operation: Promise<unknown>): void;
  /** Sends a message that no other operation sends; watches it. */
  send(): void;
  /** Signs a token that is valid for an hour. */
  newToken(): Promise<string>;
  /** Waits for a condition. */
  until(condition: () => boolean, name: string): Promise<void>;
  /** Repeats something until it succeeds. */
  eventually(run: () => Promise<void>): Promise<void>;
}

/** A moment in the life of a client at which a fault happens. */
export interface Moment {
  readonly name: string;
  /** Whether the application ends the connection, so that the client must not reconnect. */
  readonly ends?: boolean;
  /** Whether it needs storage for uploads. */
  readonly uploads?: boolean;
  /** Default: a key. */
  readonly credential?: CellCredential;
  /** Brings a client to the moment, and makes the fault happen. */
  reach(stage: MomentStage): Promise<void>;
  /** Checks what the moment is about after the client has recovered. */
  check?(stage: MomentStage): Promise<void>;
}
