import { ArgumentError } from "../errors.ts";

/** Encodes a value as JSON. @throws {ArgumentError} `invalid_argument` when it has none */
export function toJson(name: string, value: unknown): string {
  let cause: unknown;
  try {
    const json: string | undefined = JSON.stringify(value);
    if (json !== undefined) return json;
  } catch (error) {
    cause = error;
  }
  throw new ArgumentError("invalid_argument", `${name} has no JSON form`, { cause });
}

/** A JSON object, such as a twin's properties. */
export type JsonObject = { [key: string]: unknown };

/** Whether a value is a JSON object: not `null` and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
