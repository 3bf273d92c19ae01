import type { Inbound } from "../connection/dialect.ts";
import type { ReceivedMessage } from "./message.ts";
import type { MessageFields } from "./telemetry-packet.ts";

/** The part of a hub's protocol that messages use. */
export interface MessageDialect {
  /**
   * @param prefix - the start of the topic
   * @returns a PUBLISH at QoS 1
   * @throws {ArgumentError} `message_too_large`, `invalid_argument`
   */
  encodeMessage(message: MessageFields, outputName: string | undefined, prefix: Uint8Array): Uint8Array;
  readMessage(inbound: Inbound, payload: Uint8Array): ReceivedMessage;
}
