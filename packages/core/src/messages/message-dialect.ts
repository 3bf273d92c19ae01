import type { Inbound } from "../connection/dialect.ts";
import type { ReceivedMessage } from "./message.ts";
import type { MessageFields, TelemetryPacket } from "./telemetry-packet.ts";

/** The part of a hub's protocol that messages use. */
export interface MessageDialect {
  /** @throws {ArgumentError} `message_too_large`, `invalid_argument` */
  encodeMessage(message: MessageFields, outputName?: string): TelemetryPacket;
  readMessage(inbound: Inbound, payload: Uint8Array): ReceivedMessage;
}
