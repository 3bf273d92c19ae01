import type { MessageProperties } from "../../hub/telemetry/system-properties.ts";
import { type Field, type FieldsOf, optional, text } from "../../schema/schema.ts";

const string: Field<true> = optional(text());

/** The system properties of a message to a device or module. */
export const messageProperties: FieldsOf<MessageProperties> = {
  messageId: string,
  correlationId: string,
  userId: string,
  contentType: string,
  contentEncoding: string,
};
