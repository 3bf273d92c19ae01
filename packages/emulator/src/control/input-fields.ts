import { isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";
import type { Identity } from "../hub/identity.ts";
import type { InputOptions } from "../hub/input-message.ts";
import { defined, type Fields } from "./fields.ts";

/** The fields of a message to an input. */
export function inputMessage(fields: Fields): { body: string | Uint8Array | object; options: InputOptions } {
  const json = fields.any("body");
  const body = isJsonObject(json) || Array.isArray(json) ? json : fields.bytes("body");
  const options = {
    messageId: fields.optionalText("messageId"),
    correlationId: fields.optionalText("correlationId"),
    userId: fields.optionalText("userId"),
    contentType: fields.optionalText("contentType"),
    contentEncoding: fields.optionalText("contentEncoding"),
    properties: fields.optionalTexts("properties"),
    from: sender(fields.optionalTexts("from")),
  };
  fields.end();
  return { body, options: defined(options) };
}

function sender(from: Record<string, string> | undefined): Identity | undefined {
  if (from === undefined) return undefined;
  const { deviceId, moduleId, ...more } = from;
  if (deviceId !== undefined && Object.keys(more).length === 0) {
    return moduleId === undefined ? { deviceId } : { deviceId, moduleId };
  }
  throw new HubError("ArgumentInvalid", "The request is not valid: 'from' must be { deviceId, moduleId? }.");
}
