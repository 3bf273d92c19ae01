import { define } from "../util/define.ts";

/** A JSON object, as twins are made of. */
export type JsonObject = { [key: string]: unknown };

/** Whether a value is an object with a JSON form: neither `null` nor a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The document that results from a patch: objects merge, `null` deletes, anything else replaces, arrays too. */
export function applyPatch(document: JsonObject, patch: JsonObject): JsonObject {
  const result = { ...document };
  for (const key of Object.keys(patch)) {
    const change = patch[key];
    if (change === null) delete result[key];
    else if (isJsonObject(change)) {
      const before = Object.hasOwn(result, key) ? result[key] : undefined;
      define(result, key, applyPatch(isJsonObject(before) ? before : {}, change));
    } else define(result, key, change);
  }
  return result;
}

/** The smallest patch that makes `before` into `after`; keys that went are `null` in it. `undefined` when they are equal. */
export function diffDocuments(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const changes: [string, unknown][] = [];
  const had = new Map(Object.entries(before));
  for (const [key, value] of Object.entries(after)) {
    const old = had.get(key);
    const known = had.delete(key);
    if (known && isJsonObject(old) && isJsonObject(value)) {
      const inner = diffDocuments(old, value);
      if (inner !== undefined) changes.push([key, inner]);
    } else if (!known || !sameJson(old, value)) changes.push([key, value]);
  }
  for (const key of had.keys()) changes.push([key, null]);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => sameJson(item, b[at]));
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && sameJson(a[key], b[key]))
  );
}
