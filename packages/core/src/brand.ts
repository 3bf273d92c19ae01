/** A class with a brand: a registered symbol, which is the same in every copy of this package. */
interface BrandedClass {
  readonly prototype: object;
  readonly brand?: symbol;
}

interface Instance {
  readonly constructor?: BrandedClass;
}

/**
 * Implements `Symbol.hasInstance` for classes with a static `brand`: an instance from any copy of this package counts. A
 * subclass without its own brand, such as an application's, recognizes only its own instances. One that a runtime package
 * binds to its `platform` keeps the brand of core's class.
 */
export function isInstance(type: { readonly prototype: object }, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Nearly always, and for each message sent: by itself this is small enough to be inlined.
  return prototype === type.prototype || inherits(type, prototype);
}

function inherits(type: BrandedClass, prototype: unknown): boolean {
  const isBranded = Object.hasOwn(type, "brand") || Object.hasOwn(type, "platform");
  for (let at = prototype as Instance | null; at !== null; at = Object.getPrototypeOf(at))
    if (at === type.prototype || (isBranded && at.constructor?.brand === type.brand)) return true;
  return false;
}
