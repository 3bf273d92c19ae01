import fc from "fast-check";

/** Characters and words that parsers handle specially. */
const oddText = [
  ..."\0|\n|\r\n| |\t|\u2028|\ufeff|\u202e|é|𝄞|\u{10ffff}|\ud800|\udc00".split("|"),
  ..."% %2 %zz %00 %C3 %C3%A9 %ED%A0%80 %2525 %2F = & && == ; : , / // .. ? # + $ @ * |".split(" "),
  ...`' " \\ \\u0000 \\ud800 { } [ ] [[ < ----- -----BEGIN -----END`.split(" "),
  ..."-1 -0 00 0x10 1e400 1e-9 NaN Infinity 2147483648 4294967296 9007199254740993".split(" "),
  ..."__proto__ constructor toString null true undefined".split(" "),
];

const oddBytes = [0x00, 0x01, 0x02, 0x04, 0x30, 0x32, 0x40, 0x7f, 0x80, 0x81, 0x90, 0xc0, 0xff];

/** A change of a string or of bytes; positions are taken modulo the length. */
type Edit<T> =
  | { readonly type: "truncate"; readonly at: number }
  | { readonly type: "drop"; readonly at: number; readonly length: number }
  | { readonly type: "insert" | "overwrite"; readonly at: number; readonly piece: T }
  | { readonly type: "copy"; readonly at: number; readonly length: number; readonly to: number }
  | { readonly type: "repeat"; readonly at: number; readonly length: number; readonly doublings: number };

/** Repetition stops there by default: what takes longer than linear time shows at this length. */
const longestByDefault = 64 * 1024;

const position = fc.nat(0xffff);
const short = fc.integer({ min: 1, max: 12 });
const long = fc.integer({ min: 1, max: 120 });

function edits<T>(piece: fc.Arbitrary<T>): fc.Arbitrary<readonly Edit<T>[]> {
  const put = fc.constantFrom("insert" as const, "overwrite" as const);
  const doublings = fc.oneof({ weight: 3, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.nat(16) });
  const edit: fc.Arbitrary<Edit<T>> = fc.oneof(
    { weight: 1, arbitrary: fc.record({ type: fc.constant("truncate" as const), at: position }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("drop" as const), at: position, length: short }) },
    { weight: 6, arbitrary: fc.record({ type: put, at: position, piece }) },
    {
      weight: 2,
      arbitrary: fc.record({
        type: fc.constant("copy" as const),
        at: position,
        length: position,
        to: position,
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        type: fc.constant("repeat" as const),
        at: position,
        length: fc.oneof(short, long),
        doublings,
      }),
    },
  );
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant<readonly Edit<T>[]>([]) },
    { weight: 9, arbitrary: fc.array(edit, { minLength: 1, maxLength: 4 }) },
  );
}

/** The operations on a string, or on bytes, that edits consist of. */
interface Editing<T> {
  lengthOf(value: T): number;
  cut(value: T, from: number, to?: number): T;
  join(...parts: readonly T[]): T;
}

function apply<T>(editing: Editing<T>, original: T, list: readonly Edit<T>[], longest: number): T {
  const { lengthOf, cut, join } = editing;
  let value = original;
  for (const edit of list) {
    const length = lengthOf(value);
    const at = edit.at % (length + 1);
    const [before, after] = [cut(value, 0, at), cut(value, at)];
    if (edit.type === "truncate") value = before;
    else if (edit.type === "drop") value = join(before, cut(after, edit.length));
    else if (edit.type === "insert") value = join(before, edit.piece, after);
    else if (edit.type === "overwrite") value = join(before, edit.piece, cut(after, lengthOf(edit.piece)));
    else if (edit.type === "copy") {
      const to = edit.to % (length + 1);
      value = join(cut(value, 0, to), cut(after, 0, 1 + (edit.length % 400)), cut(value, to));
    } else if (edit.type === "repeat") {
      let piece = cut(after, 0, edit.length);
      for (let n = 0; n < edit.doublings && 2 * lengthOf(piece) <= longest; n++) piece = join(piece, piece);
      value = join(before, piece, after);
    }
  }
  return value;
}

const textEditing: Editing<string> = {
  lengthOf: (text) => text.length,
  cut: (text, from, to) => text.slice(from, to),
  join: (...parts) => parts.join(""),
};

const byteEditing: Editing<Uint8Array> = {
  lengthOf: (bytes) => bytes.length,
  cut: (bytes, from, to) => bytes.slice(from, to),
  join: (...parts) => new Uint8Array(Buffer.concat(parts)),
};

const textEdits = edits(
  fc.oneof(fc.constantFrom(...oddText), fc.string({ unit: "binary", minLength: 1, maxLength: 3 })),
);
const byteEdits = edits(
  fc
    .array(fc.oneof(fc.constantFrom(...oddBytes), fc.nat(255)), { minLength: 1, maxLength: 5 })
    .map((bytes) => Uint8Array.from(bytes)),
);

/**
 * Strings of this kind, most of them with a few changes.
 *
 * @param longest - of a repeated part, in characters
 */
export function editedText(
  valid: fc.Arbitrary<string>,
  longest: number = longestByDefault,
): fc.Arbitrary<string> {
  return fc.tuple(valid, textEdits).map(([text, list]) => apply(textEditing, text, list, longest));
}

/** Does the same as {@link editedText} for bytes. */
export function editedBytes(
  valid: fc.Arbitrary<Uint8Array>,
  longest: number = longestByDefault,
): fc.Arbitrary<Uint8Array> {
  return fc.tuple(valid, byteEdits).map(([bytes, list]) => apply(byteEditing, bytes, list, longest));
}
