import { choice, type Fields, optional } from "./schema.ts";

/** Names the field with the encoding of a binary field. */
export function encodingOf(name: string): string {
  return `${name}Encoding`;
}

/** Returns fields as JSON has them: each binary one followed by its encoding. */
export function jsonFields(fields: Fields): Fields {
  const encoding = optional(choice("utf-8", "base64"), "utf-8");
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      field.isBinary === true
        ? [
            [name, { ...field, isBinary: false }],
            [encodingOf(name), encoding],
          ]
        : [[name, field]],
    ),
  );
}
