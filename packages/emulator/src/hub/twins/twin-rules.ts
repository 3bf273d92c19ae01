import type { JsonObject } from "@isohub/core";
import { isJsonObject, utf8Length } from "@isohub/core/internal";
import { HubError } from "../hub-error.ts";

/** The three sections of a twin that can be written. */
export type TwinSection = "tags" | "desired" | "reported";

const maxSectionBytes: Record<TwinSection, number> = { tags: 8192, desired: 32768, reported: 32768 };
const maxDepth = 10;
const maxKeyBytes = 1024;
const maxStringBytes = 4096;
const smallestInteger = -4503599627370496;
const largestInteger = 4503599627370495;
/** From here on, JavaScript writes a number with an exponent. */
const smallestExponential = 1e21;
// Control characters (C0 and C1), '.', '$' and space.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the hub forbids them
const forbiddenInKey = /[\u0000-\u001f\u007f-\u009f.$ ]/;

/**
 * Checks a patch by the hub's rules, and returns it without the `$version` and `$metadata` that senders echo.
 *
 * @throws {HubError} ArgumentInvalid
 * @source IoT Hub documentation, "Understand and use device twins", device twin size and format
 */
export function checkPatch(patch: unknown, section: TwinSection): JsonObject {
  if (!isJsonObject(patch)) throw invalid(`${section} must be a JSON object`);
  const entries = Object.entries(patch).filter(([key]) => key !== "$version" && key !== "$metadata");
  const clean = Object.fromEntries(entries);
  checkNode(clean, section, 0);
  return clean;
}

/** Checks the size of a section. @throws {HubError} ArgumentInvalid */
export function checkSize(section: TwinSection, value: JsonObject): void {
  const size = sizeOf(value);
  if (size <= maxSectionBytes[section]) return;
  throw invalid(`${section} must be up to ${maxSectionBytes[section]} bytes, got ${size}`);
}

/** The size as the hub counts it: a string its length, a number 8, a boolean 4, null 0, keys and contents of containers. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return utf8Length(value);
  if (typeof value === "number") return 8;
  if (typeof value === "boolean") return 4;
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0);
  if (!isJsonObject(value)) return 0;
  return Object.entries(value).reduce((sum, [key, item]) => sum + utf8Length(key) + sizeOf(item), 0);
}

function checkNode(value: unknown, path: string, depth: number, isInArray = false): void {
  // Elsewhere null deletes; an array is replaced as a whole.
  if (value === null && isInArray) throw invalid(`'${path}' in an array must not be null`);
  if (typeof value === "string" && utf8Length(value) > maxStringBytes) {
    throw invalid(`'${path}' must be up to ${maxStringBytes} bytes long`);
  }
  // An integer of this size is a floating-point number in its JSON: 1e+308.
  if (typeof value === "number" && Number.isInteger(value) && Math.abs(value) < smallestExponential) {
    if (value < smallestInteger || value > largestInteger) {
      throw invalid(`'${path}' must be within [${smallestInteger}; ${largestInteger}], got ${value}`);
    }
  }
  if (typeof value !== "object" || value === null) return;
  if (depth > maxDepth) throw invalid(`'${path}' must be up to ${maxDepth} levels deep`);
  if (Array.isArray(value)) {
    for (const [at, item] of value.entries()) checkNode(item, `${path}[${at}]`, depth + 1, true);
    return;
  }
  for (const [key, item] of Object.entries(value)) {
    checkKey(key, path);
    checkNode(item, `${path}.${key}`, depth + 1, isInArray);
  }
}

function checkKey(key: string, path: string): void {
  if (key === "") throw invalid(`a key in '${path}' must not be empty`);
  if (utf8Length(key) > maxKeyBytes)
    throw invalid(`a key in '${path}' must be up to ${maxKeyBytes} bytes long`);
  if (forbiddenInKey.test(key)) {
    throw invalid(`the key '${key}' in '${path}' must not have a control character, '.', '$' or a space`);
  }
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The twin patch is not valid: ${rule}.`);
}
