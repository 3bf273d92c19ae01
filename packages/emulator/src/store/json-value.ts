import { encodeBase64 } from "@isohub/core/internal";

// An object with one of these keys stands for something else in JSON. A plain object that has one is wrapped, so that
// payloads of devices come back as they were.
const bytesKey = "$bytes";
const wrapKey = "$object";

/**
 * Converts a plain value to JSON: `null`, booleans, finite numbers, strings, `Uint8Array`, and arrays and objects of
 * them. Bytes become base64; properties that are `undefined` are left out.
 *
 * @throws {TypeError} if the value, or a part of it, is anything else
 */
export function toJson(value: unknown): unknown {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (typeof value === "number" && Number.isFinite(value)) return value;
  if (value instanceof Uint8Array) return { [bytesKey]: encodeBase64(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (!isPlainObject(value)) throw new TypeError(`a stored value must be plain, got ${kindOf(value)}`);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const json = Object.fromEntries(entries.map(([key, item]) => [key, toJson(item)]));
  return Object.hasOwn(json, bytesKey) || Object.hasOwn(json, wrapKey) ? { [wrapKey]: json } : json;
}

/** Converts the JSON of {@link toJson} back. */
export function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (!isPlainObject(json)) return json;
  const bytes = ownString(json, bytesKey);
  if (bytes !== undefined) return decodeBytes(bytes);
  const inner = Object.hasOwn(json, wrapKey) ? json[wrapKey] : json;
  return Object.fromEntries(
    Object.entries(isPlainObject(inner) ? inner : {}).map(([key, item]) => [key, fromJson(item)]),
  );
}

// A state has megabytes of them, for which a loop takes a tenth of the time of `Uint8Array.from`.
function decodeBytes(base64: string): Uint8Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    return new Uint8Array();
  }
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function ownString(object: Record<string, unknown>, key: string): string | undefined {
  const value = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === "string" ? value : undefined;
}

function kindOf(value: unknown): string {
  if (typeof value !== "object") return typeof value === "number" ? String(value) : typeof value;
  return `an instance of ${value?.constructor.name ?? "nothing"}`;
}
