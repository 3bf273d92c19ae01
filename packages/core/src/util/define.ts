/** Defines an own property. Assignment would pass a key named `__proto__` on to the prototype. */
export function define<T>(object: Record<string, T>, key: string, value: T): void {
  if (key !== "__proto__") object[key] = value;
  else Object.defineProperty(object, key, { value, configurable: true, enumerable: true, writable: true });
}
