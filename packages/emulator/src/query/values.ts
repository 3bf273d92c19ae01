/** Whether a value can be compared: a string, a number, a boolean or `null`. */
export function isPrimitive(value: unknown): value is string | number | boolean | null {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}

/** Compares two values. The result is `undefined` unless both are primitive and of one type. */
export function equal(left: unknown, right: unknown): boolean | undefined {
  if (!isPrimitive(left) || !isPrimitive(right)) return undefined;
  if (left !== null && right !== null && typeof left !== typeof right) return undefined;
  return left === right;
}

/** Orders two values. The result is `undefined` unless both are strings, numbers or booleans. */
export function order(left: unknown, right: unknown): number | undefined {
  if (!isPrimitive(left) || !isPrimitive(right) || left === null || right === null) return undefined;
  if (typeof left !== typeof right) return undefined;
  return left < right ? -1 : left > right ? 1 : 0;
}
