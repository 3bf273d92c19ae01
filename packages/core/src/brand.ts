/** A class with a brand: a registered symbol, which is the same in every copy of this package. */
interface BrandedClass {
  readonly prototype: object;
  readonly brand?: symbol;
}

/**
 * Implements `Symbol.hasInstance` for classes with a static `brand`: an instance from any copy of this package counts. A
 * subclass without its own brand, such as an application's, recognizes only its own instances. One that a runtime package
 * binds to its `platform` keeps the brand of core's class.
 */
export function isInstance(type: { readonly prototype: object }, value: unknown): boolean {
  const { prototype, brand } = type as BrandedClass;
  for (let at = Object.getPrototypeOf(Object(value)); at !== null; at = Object.getPrototypeOf(at)) {
    if (at === prototype) return true;
    if (at.constructor?.brand === brand && (Object.hasOwn(type, "brand") || Object.hasOwn(type, "platform")))
      return true;
  }
  return false;
}
