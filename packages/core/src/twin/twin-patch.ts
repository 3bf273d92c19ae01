import { define } from "../util/define.ts";
import { isJsonObject, type JsonObject } from "../util/json.ts";

/** Applies a patch to a document: objects merge, `null` deletes, and anything else, also an array, replaces. */
export function applyPatch(document: JsonObject, patch: JsonObject): JsonObject {
  const result = { ...document };
  for (const key of Object.keys(patch)) {
    let change = patch[key];
    if (isJsonObject(change)) {
      const before = own(result, key);
      change = applyPatch(isJsonObject(before) ? before : {}, change);
    }
    if (change === null) delete result[key];
    else define(result, key, change);
  }
  return result;
}

/** The smallest patch that turns `before` into `after`, with `null` for deleted keys. @returns `undefined` if they are equal */
export function diffDocuments(before: JsonObject, after: JsonObject): JsonObject | undefined {
  const changes: JsonObject = {};
  let isEqual = true;
  for (const key of Object.keys({ ...before, ...after })) {
    const old = own(before, key);
    let change = own(after, key);
    if (isJsonObject(old) && isJsonObject(change)) change = diffDocuments(old, change);
    else if (isSame(old, change)) continue;
    // Deleted.
    else change ??= null;
    if (change === undefined) continue;
    define(changes, key, change);
    isEqual = false;
  }
  return isEqual ? undefined : changes;
}

function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, at) => isSame(item, b[at]));
  }
  return a === b || (isJsonObject(a) && isJsonObject(b) && diffDocuments(a, b) === undefined);
}

/** An own property of an object, because a key may be `constructor` or `__proto__`. */
function own(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
