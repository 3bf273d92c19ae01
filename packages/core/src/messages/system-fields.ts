type SystemField =
  | "messageId"
  | "correlationId"
  | "userId"
  | "to"
  | "contentType"
  | "contentEncoding"
  | "expiryTimeUtc"
  | "ack";

/** The fields of a message from the hub, by the keys of its properties; telemetry has the same and a few more. */
export const systemFields: ReadonlyMap<string, SystemField> = new Map([
  ["$.mid", "messageId"],
  ["$.cid", "correlationId"],
  ["$.uid", "userId"],
  ["$.to", "to"],
  ["$.ct", "contentType"],
  ["$.ce", "contentEncoding"],
  ["$.exp", "expiryTimeUtc"],
  ["iothub-ack", "ack"],
]);
