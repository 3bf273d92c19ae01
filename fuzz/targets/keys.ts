import fc from "fast-check";
import { expect } from "vitest";
import { decodeSymmetricKey } from "../../packages/core/src/auth/symmetric-key.ts";
import { decodeAnyBase64, decodeBase64, encodeBase64 } from "../../packages/core/src/util/base64.ts";
import { attempt, mustNotShow } from "../coded.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const bytes = fc.uint8Array({ maxLength: 80 });
const input = fc.record({
  bytes,
  text: editedText(
    fc
      .tuple(bytes, fc.constantFrom("base64" as const, "base64url" as const))
      .map(([value, encoding]) => Buffer.from(value).toString(encoding)),
  ),
});

/** Keys in base64: the same bytes as Buffer reads, or an error with a code that doesn't show the key. */
export const keys: Target = defineTarget("keys", input, ({ bytes: original, text }) => {
  const encoded = encodeBase64(original);
  expect(encoded).toBe(Buffer.from(original).toString("base64"));
  expect(decodeBase64(encoded)).toEqual(original);
  expect(decodeAnyBase64(Buffer.from(original).toString("base64url"))).toEqual(original);
  for (const decoded of [decodeBase64(text), decodeAnyBase64(text)]) {
    if (decoded !== undefined) expect(Buffer.compare(decoded, Buffer.from(text, "base64"))).toBe(0);
  }
  const key = attempt(() => decodeSymmetricKey(text));
  if ("error" in key) mustNotShow(key, [text.slice(0, 12), text.slice(-12)]);
  else expect(key.value.length).toBeGreaterThan(0);
});
