import type { JsonObject } from "@isohub/core";
import { decodeBase64, isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";
import { encodingOf, jsonFields } from "../schema/binary.ts";
import { checkFields } from "../schema/check.ts";
import type { Fields } from "../schema/schema.ts";

/** Reads a request body. An empty one is an empty object. @throws {HubError} IotHubFormatError */
export function parseBody(body: string): JsonObject {
  if (body === "") return {};
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw new HubError("IotHubFormatError", "The body must be valid JSON.");
  }
  if (isJsonObject(value)) return value;
  throw new HubError("IotHubFormatError", "The body must be a JSON object.");
}

/**
 * Checks values from JSON, and decodes the binary ones.
 *
 * @throws {HubError} ArgumentInvalid
 */
export function decodeFields(fields: Fields, values: JsonObject): Record<string, unknown> {
  checkFields(jsonFields(fields), values);
  const { ...decoded }: Record<string, unknown> = values;
  for (const name of Object.keys(fields).filter((each) => fields[each]?.isBinary)) {
    delete decoded[encodingOf(name)];
    const value = values[name];
    if (values[encodingOf(name)] !== "base64" || typeof value !== "string") continue;
    decoded[name] = decodeBase64(value);
    if (decoded[name] !== undefined) continue;
    throw new HubError("ArgumentInvalid", `${name} must be valid base64.`);
  }
  return decoded;
}
