import fc from "fast-check";
import { expect } from "vitest";
import { parseJson, toJson } from "../../packages/core/src/util/json.ts";
import { attempt } from "../coded.ts";
import { editedJson } from "../edited-json.ts";
import { defineTarget, type Target } from "../target.ts";

/** Values that an application may pass by mistake. */
const anything = fc.anything({
  maxDepth: 4,
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
});
const hostile = fc.oneof(
  fc.constantFrom<() => unknown>(
    () =>
      Object.defineProperty({}, "a", {
        enumerable: true,
        get: () => {
          throw new Error("a getter");
        },
      }),
    () => ({ toJSON: () => ({ a: Number.NaN }) }),
    () => ({ toJSON: () => undefined }),
    () => ({ a: { toJSON: 1 } }),
    () => new Proxy({}, { ownKeys: () => ["a", "b"] }),
    () => Proxy.revocable({}, {}).proxy,
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return { a: proxy };
    },
    () => Object.create(null, { constructor: { enumerable: true, value: null } }),
    () => Object.assign([], { 1: 1 }),
    () => {
      const cycle: unknown[] = [];
      cycle.push({ cycle });
      return cycle;
    },
  ),
);
const input = fc.record({
  value: fc.oneof(
    anything.map((value) => () => value),
    hostile,
  ),
  plain: fc.jsonValue({ maxDepth: 5, noUnicodeString: false }),
  hasNulls: fc.boolean(),
  json: editedJson(fc.jsonValue({ maxDepth: 4 })),
});

/** JSON that is sent has the value that was passed, which is refused otherwise; JSON that arrives is read as JSON.parse reads it. */
export const jsonValues: Target = defineTarget("json-values", input, ({ value, plain, hasNulls, json }) => {
  const written = attempt(() => toJson("The value", value(), hasNulls));
  if ("value" in written) {
    expect(typeof written.value).toBe("string");
    JSON.parse(written.value);
  } else expect(written.error).toMatchObject({ code: "invalid_argument" });

  // Lone surrogates are refused, which JSON has a form for.
  const text = attempt(() => toJson("The value", plain));
  if ("value" in text) expect(text.value).toBe(JSON.stringify(plain));
  else expect(text.error.message).toContain("surrogate");

  let ours: unknown;
  try {
    ours = { value: parseJson(json) };
  } catch (error) {
    // Documented; every caller turns it into one of the project's errors.
    expect(error instanceof SyntaxError || error instanceof TypeError).toBe(true);
    return;
  }
  expect(ours).toEqual({ value: JSON.parse(Buffer.from(json).toString()) });
});
