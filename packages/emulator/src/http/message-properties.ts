import { decodePropertyBag, encodePropertyBag } from "@isohub/core/internal";
import { isoTime } from "../hub/clock.ts";
import type { FetchedMessage, QueuedMessage } from "../hub/deliveries/queued-message.ts";

/** The headers of system properties, in lower case, and their keys in property bags. @source The C#, Java and Node SDKs */
const systemHeaders: readonly (readonly [header: string, key: string])[] = [
  ["iothub-messageid", "$.mid"],
  ["iothub-correlationid", "$.cid"],
  ["iothub-userid", "$.uid"],
  ["iothub-to", "$.to"],
  ["iothub-expiry", "$.exp"],
  ["iothub-contenttype", "$.ct"],
  ["iothub-contentencoding", "$.ce"],
  ["iothub-interface-id", "$.ifid"],
  ["iothub-creation-time-utc", "$.ctime"],
  ["iothub-message-schema", "$.schema"],
  ["dt-subject", "$.sub"],
  ["iothub-ack", "iothub-ack"],
];
const keys = new Map(systemHeaders);
const headers = new Map(systemHeaders.map(([header, key]) => [key, header]));
const appPrefix = "iothub-app-";

/** Returns the property bag of a message whose properties are headers; other headers are ignored. */
export function bagOfHeaders(fields: readonly (readonly [name: string, value: string])[]): string {
  const entries = new Map<string, string>();
  for (const [name, value] of fields) {
    const lower = name.toLowerCase();
    const key = lower.startsWith(appPrefix) ? name.slice(appPrefix.length) : keys.get(lower);
    // Some clients send a header twice; the last one counts.
    if (key !== undefined && key !== "") entries.set(key, value);
  }
  return encodePropertyBag([...entries]);
}

/** Returns the headers of a fetched message. */
export function headersOfMessage(fetched: FetchedMessage<QueuedMessage>): Record<string, string> {
  const { message, enqueuedAt, sequenceNumber, deliveryCount, lockToken } = fetched;
  const fields: Record<string, string> = {
    etag: `"${lockToken}"`,
    "iothub-enqueuedtime": isoTime(enqueuedAt),
    "iothub-sequencenumber": String(sequenceNumber),
    "iothub-deliverycount": String(deliveryCount),
    "iothub-expiry": isoTime(message.expiresAt),
  };
  const bag = message.topic.slice(message.topic.lastIndexOf("/") + 1);
  for (const [key, value] of decodePropertyBag(bag)) {
    const header = headers.get(key) ?? (key.startsWith("$.") ? undefined : `${appPrefix}${key}`);
    if (header !== undefined) fields[header] = headerValue(value ?? "");
  }
  return fields;
}

// Headers can't have other characters.
function headerValue(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) ? value : encodeURIComponent(value);
}
