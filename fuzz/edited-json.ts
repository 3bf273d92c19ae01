import fc from "fast-check";
import { editedBytes, editedText } from "./edits.ts";

/** JSON values that code which expects another type, or plain text, handles badly. */
const hostileJson: readonly string[] = [
  ...[
    '"\\ud800"',
    '{"toString":1,"valueOf":1}',
    '[{"toString":null}]',
    '{"__proto__":{"x":1}}',
    "[[]]",
    "null",
  ],
];

/** Other JSON values. */
const oddJson: readonly string[] = [
  ...[
    "true",
    "0",
    "-1",
    "1e308",
    "-0",
    "1.5",
    "9007199254740993",
    '""',
    '"x"',
    '"\\u0000"',
    "[]",
    "[null]",
    "{}",
  ],
  ...['{"length":-1}', '{"then":1}', '{"constructor":{"prototype":1}}', '"2147483648"', '"../.."', '"a b"'],
];

/** A replacement of one value inside a document. */
interface Replacement {
  /** The number of the value, modulo the number of values. */
  readonly at: number;
  readonly json: string;
}

const replacement: fc.Arbitrary<Replacement> = fc.record({
  at: fc.nat(200),
  json: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...hostileJson) },
    { weight: 3, arbitrary: fc.constantFrom(...oddJson) },
    { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
    {
      weight: 1,
      // From flat to deeper than any parser should follow.
      arbitrary: fc
        .tuple(fc.constantFrom(["[", "]"], ['{"a":', "}"]), fc.constantFrom(2, 10, 11, 1001, 5000))
        .map(([[open = "", close = ""], depth]) => `${open.repeat(depth)}1${close.repeat(depth)}`),
    },
  ),
});

/** JSON documents like this one, most of them with values of other types, as text. */
export function editedJsonText(valid: fc.Arbitrary<unknown>): fc.Arbitrary<string> {
  const typed = fc
    .tuple(valid, fc.array(replacement, { maxLength: 3 }))
    .map(([document, list]) => replaceAll(document, list));
  return fc.oneof({ weight: 3, arbitrary: typed }, { weight: 2, arbitrary: editedText(typed) });
}

/** The same as {@link editedJsonText}, as bytes that may not be UTF-8. */
export function editedJson(valid: fc.Arbitrary<unknown>): fc.Arbitrary<Uint8Array> {
  const bytes = editedJsonText(valid).map((text) => new Uint8Array(Buffer.from(text)));
  return fc.oneof({ weight: 9, arbitrary: bytes }, { weight: 1, arbitrary: editedBytes(bytes) });
}

function replaceAll(document: unknown, list: readonly Replacement[]): string {
  const values = countValues(document);
  const chosen = new Map(list.map(({ at, json }) => [at % values, json]));
  let next = 0;
  const write = (value: unknown): string => {
    const replaced = chosen.get(next++);
    const own =
      typeof value !== "object" || value === null
        ? (JSON.stringify(value) ?? "null")
        : Array.isArray(value)
          ? `[${value.map(write).join()}]`
          : `{${Object.entries(value)
              .map(([key, item]) => `${JSON.stringify(key)}:${write(item)}`)
              .join()}}`;
    return replaced ?? own;
  };
  return write(document);
}

function countValues(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  return Object.values(value).reduce<number>((sum, item) => sum + countValues(item), 1);
}
