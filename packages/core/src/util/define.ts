/** Sets a property of its own; assignment would let a key named __proto__ through to the prototype. */
export function define<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}
