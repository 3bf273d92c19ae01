/** A system property of messages. */
export interface MessageField {
  /** The property of a `Message`. */
  readonly name: MessageFieldName;
  /** Its name on the wire, in the property bag of a topic. */
  readonly key: string;
  /** A time is a `Date`, or a string in ISO 8601; any other property is a string. */
  readonly type?: "time";
  /** The only one that sets it: the device that sends the message, or the hub. Both if there is none. */
  readonly from?: "device" | "hub";
  /** Its default in telemetry with a JSON body. */
  readonly jsonDefault?: string;
}

// Encoding, decoding and the options of a message follow this table. Each property is also a typed field of Message.
const fields = [
  { name: "outputName", key: "$.on", from: "device" },
  { name: "messageId", key: "$.mid" },
  { name: "correlationId", key: "$.cid" },
  { name: "userId", key: "$.uid" },
  { name: "to", key: "$.to" },
  { name: "contentType", key: "$.ct", jsonDefault: "application/json" },
  { name: "contentEncoding", key: "$.ce", jsonDefault: "utf-8" },
  { name: "iothubInterfaceId", key: "$.ifid", from: "device" },
  { name: "expiryTimeUtc", key: "$.exp", type: "time" },
  { name: "ack", key: "iothub-ack", from: "hub" },
] as const;

type Field = (typeof fields)[number];

/** The property of a `Message` for a system property. */
export type MessageFieldName = Field["name"];

/** The same, for one that a device may set. */
export type SentFieldName = Exclude<Field, { readonly from: "hub" }>["name"];

/** The system properties of messages. */
export const messageFields: readonly MessageField[] = fields;

/** The system properties that a device may set, by their property of a `Message`. */
export const sentFields: ReadonlyMap<string, MessageField> = new Map(
  messageFields.filter(({ from }) => from !== "hub").map((field) => [field.name, field]),
);

/** Whether a device may set a property of a `Message`, and sends it. */
export function isSentField(name: string): name is SentFieldName {
  return sentFields.has(name);
}
