import { type MessageProperties, messagePropertyNames } from "../../hub/system-properties.ts";
import { type FieldsOf, optional, text } from "../../schema/schema.ts";

/** The system properties of a message to a device or module. */
export const messageProperties: FieldsOf<MessageProperties> = Object.fromEntries(
  messagePropertyNames.map((name) => [name, optional(text())]),
) as FieldsOf<MessageProperties>;
