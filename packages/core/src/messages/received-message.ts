import { define } from "../util/define.ts";
import { Message, type ReceivedMessage } from "./message.ts";
import { readPropertyBag } from "./property-bag.ts";

/** Makes the message that a topic's property bag and a payload describe. */
export function decodeMessage(bag: string, payload: Uint8Array, inputName?: string): ReceivedMessage {
  // A copy: the payload is a window on a buffer that holds whatever came with it.
  const message: ReceivedMessage = new Message(new Uint8Array(payload));
  message.inputName = inputName;
  readPropertyBag(bag, (key, value) => {
    const text = value ?? "";
    switch (key) {
      case "$.mid":
        message.messageId = text;
        break;
      case "$.cid":
        message.correlationId = text;
        break;
      case "$.uid":
        message.userId = text;
        break;
      case "$.to":
        message.to = text;
        break;
      case "$.ct":
        message.contentType = text;
        break;
      case "$.ce":
        message.contentEncoding = text;
        break;
      case "$.exp":
        // The hub writes 0 for "never".
        if (text !== "" && text !== "0") message.expiryTimeUtc = text;
        break;
      case "iothub-ack":
        message.ack = text;
        break;
      default:
        define(message.customProperties, key, text);
    }
  });
  return message;
}
