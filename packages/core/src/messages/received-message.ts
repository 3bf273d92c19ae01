import { define } from "../util/define.ts";
import { Message, type ReceivedMessage } from "./message.ts";
import { type MessageField, messageFields } from "./message-fields.ts";
import { readPropertyBag } from "./property-bag.ts";

const receivedFields: ReadonlyMap<string, MessageField> = new Map(
  messageFields.filter(({ from }) => from !== "device").map((field) => [field.key, field]),
);

/**
 * Decodes a message from the property bag of its topic, and its payload.
 *
 * @param inputName - empty for a cloud-to-device message
 */
export function decodeMessage(bag: string, payload: Uint8Array, inputName = ""): ReceivedMessage {
  // A copy: the payload is a view of a buffer that holds other packets, too.
  const message: ReceivedMessage = new Message(new Uint8Array(payload));
  if (inputName) message.inputName = inputName;
  readPropertyBag(bag, (key, value) => {
    const text = value ?? "";
    const field = receivedFields.get(key);
    if (field === undefined) define(message.customProperties, key, text);
    // The hub writes 0 for "never".
    else if (field.type !== "time" || (text !== "" && text !== "0")) message[field.name] = text;
  });
  return message;
}
