import type { ClientState } from "../connection/client-state.ts";
import type { HubConnection } from "../connection/hub-connection.ts";
import type { IsoHubError } from "../errors.ts";
import type { MessageDialect } from "../messages/message-dialect.ts";
import type { MessageFields } from "../messages/telemetry-packet.ts";
import type { Clock } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";

/** The order in which an outbox sends messages. Those of one priority stay in the order in which they were accepted. */
export type OutboxPriority = "high" | "normal" | "low";

/** The options of a message in an outbox. */
export interface EnqueueOptions {
  /** Default `normal`. A message that has been sent isn't overtaken anymore. */
  priority?: OutboxPriority | undefined;
  /** Overrides `timeToLiveMs` of the outbox for this message, in milliseconds. `Infinity` means that it doesn't expire. */
  timeToLiveMs?: number | undefined;
}

/** The receipt of a message that an outbox has accepted. */
export interface OutboxReceipt {
  /** The id that the message has at each attempt: its own, or a generated one. A service can drop duplicates by it. */
  readonly messageId: string;
  /**
   * Resolves once the hub has acknowledged the message, which may take until a later connection. Rejects with `message_expired`,
   * `message_dropped`, or when the client is shut down, with `operation_cancelled`: then the message stays in the store. May be
   * ignored.
   */
  readonly acknowledged: Promise<void>;
}

/** The contents of an outbox: a frozen object, the same one until they change. */
export interface OutboxState {
  /** The number of messages that the outbox has accepted, and the hub hasn't acknowledged. */
  readonly depth: number;
  /** Their size in the store, in bytes. */
  readonly bytes: number;
  /** The time at which the oldest one was accepted. */
  readonly oldestSince: Date | undefined;
  /** Its age when this property is read, in milliseconds. */
  readonly oldestAgeMs: number | undefined;
}

/** An outbox for the option `outbox` of a client. Create one with `createOutbox`. */
export interface Outbox {
  /** Opens the outbox for a client. Called by the client. */
  open(host: OutboxHost): OpenOutbox;
}

/** The part of a client that an outbox uses. */
export interface OutboxHost {
  readonly clock: Clock;
  readonly dialect: Pick<MessageDialect, "encodeMessage">;
  readonly connection: Pick<HubConnection, "connected" | "publish" | "wake">;
  onBackgroundError(error: IsoHubError): void;
  withDeadline<R>(operation: string, options: OperationOptions, run: () => Promise<R>): Promise<R>;
}

/** An outbox in use by a client. */
export interface OpenOutbox {
  readonly state: OutboxState;
  /** Resolves once the message is stored. */
  enqueue(message: MessageFields, options: EnqueueOptions): Promise<OutboxReceipt>;
  /** Resolves once the message is acknowledged. */
  send(message: MessageFields, outputName: string | undefined, options: OperationOptions): Promise<void>;
  onStateChange(state: ClientState): void;
  /** Resolves once each message that is in the outbox now is acknowledged, expired or dropped. */
  flush(): Promise<void>;
  /** Ends sending; what is left stays in the store. */
  close(): Promise<void>;
}
