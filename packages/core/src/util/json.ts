import { ArgumentError, shown } from "../errors.ts";
import { fromUtf8 } from "./text.ts";

/** How deep JSON may be nested: every runtime's stack is large enough for it. */
const deepest = 1000;

const loneSurrogate = /\p{Surrogate}/u;

/** Whether a string is valid Unicode. UTF-8 has no form for half of a surrogate pair. */
export function isUnicode(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** Returns the bytes of an `ArrayBuffer`, a `SharedArrayBuffer` or a view, of any realm; `undefined` for anything else. */
export function bytesIn(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return kindOf(value).endsWith("ArrayBuffer") ? new Uint8Array(value as ArrayBuffer) : undefined;
}

/**
 * Encodes a value as JSON. Refuses what JSON would change or leave out, except `undefined` in an object.
 *
 * @param name - what the value is, for messages
 * @param hasNulls - whether an array may contain `null`
 * @throws {ArgumentError} `invalid_argument`, with the path to what is refused
 */
export function toJson(name: string, value: unknown, hasNulls = true): string {
  const parents: unknown[] = [];
  let path = "";

  const refuse = (got: string, remediation?: string, cause?: unknown): never => {
    const at = path && ` at ${path.slice(0, 200)}`;
    const rule = got === "null" ? "other than null" : "a value with a JSON form";
    throw new ArgumentError("invalid_argument", `${name}${at} must be ${rule}, got ${got}`, {
      remediation: remediation ?? "Use plain objects, arrays, strings, finite numbers, booleans and null",
      cause,
    });
  };

  const check = (item: unknown, isNullable: boolean): void => {
    // An invalid date has null as its form, which is as good as none.
    const json = hasToJson(item) ? (item.toJSON("") ?? undefined) : item;
    switch (typeof json) {
      case "boolean":
        return;
      case "number":
        if (Number.isFinite(json)) return;
        break;
      case "string":
        if (isUnicode(json)) return;
        refuse("half of a surrogate pair");
        break;
      case "bigint":
        refuse("a bigint");
        break;
      case "object":
        if (json !== null) {
          if (parents.includes(json)) refuse("a cycle");
          if (parents.length === deepest) refuse(`more than ${deepest} levels`);
          checkParts(json, isNullable);
          return;
        }
        if (isNullable) return;
    }
    refuse(hasToJson(item) ? `an instance of ${nameOf(item)}` : shown(json));
  };

  const checkParts = (json: object, isNullable: boolean): void => {
    const before = path;
    parents.push(json);
    if (Array.isArray(json)) {
      for (let at = 0; at < json.length; at++) {
        path = `${before}[${at}]`;
        check(json[at], isNullable && hasNulls);
      }
    } else {
      const keys = Object.keys(json);
      const { then, pipe, getBytes } = json as Record<string, unknown>;
      // Without properties of its own, an instance would be sent as {}.
      if (
        isFunction(then ?? pipe ?? getBytes) ||
        kindOf(json) !== "Object" ||
        (keys.length === 0 && nameOf(json) !== "Object")
      ) {
        parents.pop();
        const primitive: unknown = json.valueOf();
        if (primitive !== json) {
          check(primitive, false);
          return;
        }
        refuse(`an instance of ${nameOf(json)}`, remedyFor(json));
      }
      for (const key of keys) {
        path = before === "" ? key : `${before}.${key}`;
        if (!isUnicode(key)) check(key, false);
        const part = (json as JsonObject)[key];
        if (part !== undefined) check(part, isNullable);
      }
    }
    parents.pop();
    path = before;
  };

  try {
    check(value, true);
    return JSON.stringify(value);
  } catch (cause) {
    if (cause instanceof ArgumentError) throw cause;
    // From a getter or a toJSON method.
    return refuse("an error", "See the cause", cause);
  }
}

/** Parses JSON from the peer. @throws {SyntaxError | TypeError} the bytes aren't UTF-8 or JSON, or it is nested too deep */
export function parseJson(bytes: Uint8Array): unknown {
  const json: unknown = JSON.parse(fromUtf8(bytes));
  // Each level takes two bytes.
  if (bytes.length > 2 * deepest && isDeeper(json, deepest))
    throw new SyntaxError(`JSON must be nested at most ${deepest} levels deep`);
  return json;
}

function isDeeper(json: unknown, levels: number): boolean {
  if (typeof json !== "object" || json === null) return false;
  return levels === 0 || Object.values(json).some((part) => isDeeper(part, levels - 1));
}

/** The class that the engine knows an object by, whatever its realm: "Map", "Promise", "Object". */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value).slice(8, -1);
}

/** The name of an object's class: "Object" for a plain one. */
export function nameOf(value: object): string {
  const kind = kindOf(value);
  return kind === "Object" && isFunction(value.constructor) ? value.constructor.name : kind;
}

function remedyFor(value: object): string | undefined {
  if (bytesIn(value)) return "Encode bytes as a base64 string";
  if ("then" in value) return "Await it";
  return "getBytes" in value ? "Create the message with this package's Message" : undefined;
}

/** Node's `Buffer` has it too, in a form that no receiver expects. */
function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return (
    ((typeof value === "object" && value !== null && !ArrayBuffer.isView(value)) ||
      typeof value === "bigint") &&
    isFunction((value as { toJSON?: unknown }).toJSON)
  );
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === "function";
}

/** A JSON object, such as a twin's properties. */
export type JsonObject = { [key: string]: unknown };

/** Whether a value is a JSON object: not `null` and not an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
