import type { ClientState, JsonObject, ReceivedMessage } from "@isohub/core";
import type { PlannedMessage } from "../plan/message-plan.ts";

/** A message that a device has handed to its client. */
export interface SentMessage extends PlannedMessage {
  /** The body as JSON. */
  readonly text: string;
  /** The size that the hub counts, in bytes. */
  readonly bytes: number;
}

/** The operations of a device that can fail, besides sending. */
export type DeviceOperation = "connect" | "report" | "upload" | "background";

/** An observer of devices, as in `DeviceObserver<SimulatedDevice>`. Each method is optional, and must not throw. */
export interface DeviceObserver<Device> {
  /** The state of the connection has changed. */
  onState?(device: Device, state: ClientState, before: ClientState): void;
  /** The device has connected. @param ms - since it began to connect, by the clock */
  onConnected?(device: Device, ms: number): void;
  /** The scenario breaks the connection. @param error - the reason of the state that follows */
  onBroken?(device: Device, error: Error): void;
  /** The device has handed a message to its client. */
  onSent?(device: Device, message: SentMessage): void;
  /** The hub has acknowledged a message. @param ms - since the message was sent */
  onAcknowledged?(device: Device, message: SentMessage, ms: number): void;
  /** The client has given up on a message. The hub may have it all the same. */
  onFailed?(device: Device, message: SentMessage, error: unknown): void;
  /** Another operation has failed. */
  onError?(device: Device, operation: DeviceOperation, error: unknown): void;
  /** A method call was answered. */
  onMethodCall?(device: Device, name: string, payload: unknown, status: number): void;
  /** Desired properties arrived. */
  onDesired?(device: Device, patch: JsonObject): void;
  /** The hub has accepted reported properties. */
  onReported?(device: Device, patch: JsonObject): void;
  /** A cloud-to-device message arrived, or a message for an input of a module. */
  onReceived?(device: Device, message: ReceivedMessage): void;
  /** A file was uploaded. @param bytes - the size of the file */
  onUploaded?(device: Device, name: string, bytes: number): void;
}
