import { invalidQuery } from "./invalid-query.ts";

/** A token of a query, with its place in the query. */
export interface Token {
  readonly kind: "name" | "quotedName" | "number" | "string" | "symbol" | "end";
  /** The characters of a name or symbol, the value of a string; of a number, its digits. */
  readonly text: string;
  /** The place of the first character, counted from 0. */
  readonly at: number;
}

/** The longest query, in characters. @source IoT Hub documentation, "Quotas and throttling" */
export const maxQueryLength = 8192;

const patterns = [
  ["space", /\s+/y],
  ["number", /0x[0-9a-f]+|(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?/iy],
  ["string", /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy],
  ["quotedName", /\[\[([^[\]]*)\]\]/y],
  ["name", /[\p{L}_$][\p{L}\p{N}_$]*/uy],
  ["symbol", /<>|!=|<=|>=|[=<>+\-*/%(),.[\]]/y],
] as const;

/** Splits a query into tokens; the last one has the kind `end`. @throws {HubError} ArgumentInvalid */
export function tokenize(query: string): readonly Token[] {
  if (query.length > maxQueryLength) {
    throw invalidQuery(
      maxQueryLength,
      `the query must be up to ${maxQueryLength} characters long, got ${query.length}`,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    const [kind, text] = match(query, at);
    if (kind === "string") tokens.push({ kind, text: unescaped(text.slice(1, -1)), at });
    else if (kind === "quotedName") tokens.push({ kind, text: unquoted(text.slice(2, -2).trim()), at });
    else if (kind !== "space") tokens.push({ kind, text, at });
    at += text.length;
  }
  return [...tokens, { kind: "end", text: "", at }];
}

function match(query: string, at: number): [kind: (typeof patterns)[number][0], text: string] {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(query) ?? [];
    if (text !== undefined) return [kind, text];
  }
  throw invalidQuery(
    at,
    `'${String.fromCodePoint(query.codePointAt(at) ?? 0)}' isn't part of any word or string`,
  );
}

function unescaped(text: string): string {
  const named: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
  return text.replace(/\\(?:u([0-9a-f]{4})|(.))/gis, (_, code: string | undefined, char: string) =>
    code === undefined ? (named[char] ?? char) : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function unquoted(name: string): string {
  return /^(['"]).*\1$/s.test(name) ? name.slice(1, -1) : name;
}
