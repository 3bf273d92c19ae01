import { noPrefix } from "../src/connection/in-flight/in-flight-entry.ts";
import { encodeTelemetry, type MessageFields } from "../src/messages/telemetry-packet.ts";
import { payloadOf, topicOf } from "../src/mqtt/publish-packet.ts";
import { fromUtf8 } from "../src/util/text.ts";

/** The encoded properties and body of telemetry. */
export function encoded(message: MessageFields): { bag: string; payload: Uint8Array } {
  const packet = encodeTelemetry(message, undefined, noPrefix);
  return { bag: fromUtf8(topicOf(packet)), payload: payloadOf(packet) };
}
