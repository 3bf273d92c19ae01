import { define } from "../util/define.ts";
import { Message, type ReceivedMessage } from "./message.ts";
import { readPropertyBag } from "./property-bag.ts";
import { systemFields } from "./system-fields.ts";

/**
 * Makes the message that a topic's property bag and a payload describe.
 *
 * @param inputName - empty for a message that came in by none
 */
export function decodeMessage(bag: string, payload: Uint8Array, inputName = ""): ReceivedMessage {
  // A copy: the payload is a window on a buffer that holds whatever came with it.
  const message: ReceivedMessage = new Message(new Uint8Array(payload));
  message.inputName = inputName || undefined;
  readPropertyBag(bag, (key, value) => {
    const text = value ?? "";
    const field = systemFields.get(key);
    if (field === undefined) define(message.customProperties, key, text);
    // The hub writes 0 for "never".
    else if (field !== "expiryTimeUtc" || (text !== "" && text !== "0")) message[field] = text;
  });
  return message;
}
