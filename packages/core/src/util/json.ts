import { ArgumentError, mustBe, shown } from "../errors.ts";
import { fromUtf8 } from "./text.ts";

/** The deepest nesting of JSON: every runtime's stack is large enough for it. */
const deepest = 1000;

const loneSurrogate = /\p{Cs}/u;

/** A string that JSON only puts between quotes. Nearly all are, and this test takes less time than `JSON.stringify`. */
const unescaped = /^[^"\\\p{Cc}\p{Cs}]*$/u;

/** Whether a string is valid Unicode. UTF-8 has no form for half of a surrogate pair. */
export function isUnicode(text: string): boolean {
  return !loneSurrogate.test(text);
}

/**
 * Returns the bytes of an `ArrayBuffer`, a `SharedArrayBuffer` or a view, of any realm; `undefined` for anything else.
 *
 * @throws {ArgumentError} `invalid_argument` for bytes that can't be read
 */
export function bytesIn(value: unknown): Uint8Array | undefined {
  try {
    if (value instanceof Uint8Array && value.length) return value;
    if (!ArrayBuffer.isView(value) && !kindOf(value).endsWith("ArrayBuffer")) return;
    const { buffer = value, byteOffset, byteLength } = value as Partial<ArrayBufferView>;
    return new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength);
  } catch {
    // Showing a revoked proxy throws, too.
    throw mustBe("Bytes", {}, "readable and not transferred");
  }
}

/**
 * Encodes a value as JSON. Refuses what JSON would change or leave out, except `undefined` in an object. Reads each property once:
 * a getter may return something else the second time.
 *
 * @param name - the value's name, for messages
 * @param hasNulls - whether an array may contain `null`
 * @throws {ArgumentError} `invalid_argument`, with the path to what is refused
 */
export function toJson(name: string, value: unknown, hasNulls = true): string {
  const parents: unknown[] = [];
  let path = "";

  const refuse = (got: string, remediation = "Use plain JSON values", cause?: unknown): never => {
    const message = `${name}${path && ` at ${path.slice(0, 200)}`} must be a value with a JSON form, got ${got}`;
    throw new ArgumentError("invalid_argument", message, { remediation, cause });
  };

  const encode = (source: unknown, isNullable: boolean): string => {
    let json = source as Source;
    if (isFunction(json?.toJSON) && !ArrayBuffer.isView(json)) {
      // That of an invalid date is null.
      json = json.toJSON("") ?? (undefined as never);
    }
    if (typeof json === "string") {
      if (unescaped.test(json)) return `"${json}"`;
      return isUnicode(json) ? JSON.stringify(json) : refuse("half of a surrogate pair");
    }
    if (Number.isFinite(json) || typeof json === "boolean") return `${json}`;
    if ((json === null && isNullable) || isRawJson?.(json)) return JSON.stringify(json);
    const before = path;
    const isArray = Array.isArray(json);
    if (parents.includes(json)) refuse("a cycle");
    if (parents.length === deepest) refuse(`more than ${deepest} levels`);
    if (!isArray && !isPlain(json))
      refuse(
        shownKind(source),
        bytesIn(source)
          ? "Encode bytes as a base64 string"
          : isFunction((source as Source)?.then)
            ? "Await it"
            : undefined,
      );
    parents.push(json);
    let parts = "";
    for (const key of isArray ? (json as unknown as unknown[]).keys() : Object.keys(json)) {
      path = isArray ? `${before}[${key}]` : (before && `${before}.`) + key;
      const start = isArray ? "" : `${encode(key, false)}:`;
      const part = json[key];
      if (isArray || part !== undefined)
        parts += (parts && ",") + start + encode(part, isNullable && (hasNulls || !isArray));
    }
    parents.pop();
    path = before;
    return isArray ? `[${parts}]` : `{${parts}}`;
  };

  try {
    return encode(value, true);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    // From a getter or a toJSON method.
    return refuse("an error", "See the cause", cause);
  }
}

/** Recent engines have numbers with more digits: `JSON.rawJSON("12345678901234567890")`. */
const { isRawJSON: isRawJson } = JSON as { isRawJSON?(value: unknown): boolean };

interface Source {
  readonly [key: string]: unknown;
  toJSON(key: string): Source;
}

/** Parses JSON from the peer. @throws {SyntaxError | TypeError} the bytes aren't UTF-8 or JSON, or it is nested too deep */
export function parseJson(bytes: Uint8Array): unknown {
  const json: unknown = JSON.parse(fromUtf8(bytes));
  // Each level takes two bytes.
  if (bytes.length > 2 * deepest && isDeeper(json, deepest))
    throw new SyntaxError(`JSON must have at most ${deepest} levels`);
  return json;
}

function isDeeper(json: unknown, levels: number): boolean {
  return (
    Object(json) === json &&
    (levels === 0 || Object.values(json as object).some((part) => isDeeper(part, levels - 1)))
  );
}

/** The class that the engine knows a value by, whatever its realm: "Map", "Promise", "Object", "String". */
export function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/**
 * Whether an object's properties are all that it has. An instance without properties, and an object that has inherited its only ones,
 * would be sent as {}. Reading the length of bytes in a proxy throws.
 */
function isPlain(value: Source): boolean {
  if (
    kindOf(value) !== "Object" ||
    isFunction(value["then"] ?? value["pipe"] ?? value["getBytes"] ?? value["byteLength"])
  )
    return false;
  // The object's own come first.
  for (const key in value) return Object.hasOwn(value, key);
  return classOf(value) === "Object";
}

/** Returns what messages show of a value that is refused. */
function shownKind(value: unknown): string {
  return Object(value) !== value || isFunction(value) ? shown(value) : `an instance of ${classOf(value)}`;
}

function classOf(value: unknown): string {
  const kind = kindOf(value);
  return (kind === "Object" && (value as object).constructor?.name) || kind;
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}

/** A JSON object, such as a twin's properties. */
export type JsonObject = { [key: string]: unknown };

/** Whether a value is a JSON object: not `null` and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
