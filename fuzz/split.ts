import fc from "fast-check";

/** The lengths of the parts that a stream arrives in; the last part is what is left. */
export const sizes: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 60 }),
  fc.array(fc.integer({ min: 1, max: 2000 }), { maxLength: 20 }),
);

/** Splits bytes into copies of their parts. */
export function split(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const length of lengths) {
    if (at >= bytes.length) return parts;
    parts.push(bytes.slice(at, at + length));
    at += length;
  }
  parts.push(bytes.slice(at));
  return parts;
}
