import { checkGroups } from "./check-groups.ts";
import type { Aggregate, BinaryOperator, Collection, Column, Expression, Query } from "./expression.ts";
import { functions } from "./functions.ts";
import { invalidQuery } from "./invalid-query.ts";
import { canonicalPath, type PathReader } from "./path.ts";
import { type Token, tokenize } from "./tokens.ts";

const aggregates: readonly string[] = ["count", "sum", "avg", "min", "max"] satisfies Aggregate[];
const constants: ReadonlyMap<string, Expression> = new Map(
  (
    [
      ["true", true],
      ["false", false],
      ["null", null],
      ["undefined", undefined],
    ] as const
  ).map(([name, value]) => [name, { kind: "literal", value }]),
);
const reserved = new Set([
  "select",
  "top",
  "from",
  "where",
  "group",
  "by",
  "as",
  "and",
  "or",
  "not",
  "in",
  "nin",
]);

/** The binary operators by precedence, weakest first. `NOT` is between `AND` and the comparisons. */
const levels: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["=", "!=", "<>", "<", ">", "<=", ">=", "in", "nin"],
  ["+", "-"],
  ["*", "/", "%"],
];
const comparisonLevel = 2;
// Nested deeper than anyone writes, and far from the end of the stack.
const maxDepth = 64;

/**
 * Parses a query of twins.
 *
 * @throws {HubError} ArgumentInvalid, with the place of the problem
 * @source IoT Hub documentation, "IoT Hub query language"
 */
export function parseQuery(query: string): Query {
  return new Parser(tokenize(query)).query();
}

/**
 * Parses a condition alone.
 *
 * @param pathOf - returns a path with the names that the rows have; those of twins by default
 * @throws {HubError} ArgumentInvalid, with the place of the problem
 */
export function parseCondition(condition: string, pathOf: PathReader = canonicalPath): Expression {
  return new Parser(tokenize(condition), pathOf).condition();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #pathOf: PathReader;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], pathOf: PathReader = canonicalPath) {
    this.#tokens = tokens;
    this.#pathOf = pathOf;
  }

  condition(): Expression {
    const expression = this.#expression();
    if (this.#token.kind !== "end") throw this.#unexpected("the end of the condition");
    return expression;
  }

  query(): Query {
    this.#expect("select");
    const top = this.#accept("top") ? this.#integer() : undefined;
    const columns = this.#accept("*") ? "*" : this.#list(() => this.#column(), ",");
    this.#expect("from");
    const from = this.#collection();
    const where = this.#accept("where") ? this.#expression() : undefined;
    const groupBy = this.#accept("group") ? this.#groupBy() : [];
    if (this.#token.kind !== "end") throw this.#unexpected("the end of the query");
    const parsed: Query = {
      ...(top === undefined ? {} : { top }),
      columns: columns === "*" ? columns : columns.map((column, at) => named(column, at)),
      from,
      ...(where === undefined ? {} : { where }),
      groupBy,
    };
    checkGroups(parsed);
    return parsed;
  }

  #groupBy(): Expression[] {
    this.#expect("by");
    return this.#list(() => this.#path(), ",");
  }

  #column(): Partial<Column> {
    const { kind, text } = this.#token;
    const aggregate = kind === "name" && this.#isCall() ? text.toLowerCase() : "";
    const column = aggregates.includes(aggregate)
      ? this.#aggregate(aggregate as Aggregate)
      : { expression: this.#expression() };
    return this.#accept("as") ? { ...column, name: this.#name() } : column;
  }

  #aggregate(aggregate: Aggregate): Partial<Column> {
    const { at } = this.#take();
    this.#expect("(");
    const isEmpty = this.#is(")");
    const expression = isEmpty ? undefined : this.#expression();
    this.#expect(")");
    if (isEmpty && aggregate !== "count")
      throw invalidQuery(at, `${aggregate.toUpperCase()} must have a parameter`);
    return { aggregate, ...(expression === undefined ? {} : { expression }) };
  }

  #collection(): Collection {
    const { at } = this.#token;
    const name = this.#list(() => this.#name(), ".")
      .join(".")
      .toLowerCase();
    if (name === "devices" || name === "devices.modules" || name === "devices.jobs") return name;
    throw invalidQuery(at, "FROM must be followed by devices, devices.modules or devices.jobs");
  }

  #expression(): Expression {
    return this.#nested(() => this.#binary(0));
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    if (level === comparisonLevel && this.#accept("not")) {
      return this.#nested(() => ({ kind: "not", operand: this.#binary(comparisonLevel) }));
    }
    let left = this.#binary(level + 1);
    for (
      let operator = this.#operator(operators);
      operator !== undefined;
      operator = this.#operator(operators)
    ) {
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
    return left;
  }

  #operator(operators: readonly string[]): BinaryOperator | undefined {
    const operator = operators.find((each) => this.#accept(each));
    return (operator === "<>" ? "!=" : operator) as BinaryOperator | undefined;
  }

  #unary(): Expression {
    if (this.#accept("-")) return this.#nested(() => ({ kind: "negate", operand: this.#unary() }));
    return this.#accept("+") ? this.#nested(() => this.#unary()) : this.#primary();
  }

  #primary(): Expression {
    const { kind, text } = this.#token;
    if (kind === "number") return { kind: "literal", value: Number(this.#take().text) };
    if (kind === "string") return { kind: "literal", value: this.#take().text };
    if (this.#accept("(")) return this.#closed(this.#expression(), ")");
    if (this.#accept("[")) {
      const items = this.#is("]") ? [] : this.#list(() => this.#expression(), ",");
      return this.#closed({ kind: "array", items }, "]");
    }
    const constant = kind === "name" ? constants.get(text.toLowerCase()) : undefined;
    if (constant !== undefined) {
      this.#take();
      return constant;
    }
    return kind === "name" && this.#isCall() ? this.#call() : this.#path();
  }

  #call(): Expression {
    const { text, at } = this.#take();
    const name = text.toLowerCase().replaceAll("_", "");
    const found = functions.get(name);
    if (found === undefined) throw invalidQuery(at, `there is no function ${text}`);
    this.#expect("(");
    const parameters = this.#is(")") ? [] : this.#list(() => this.#expression(), ",");
    this.#expect(")");
    const { least, most } = found;
    if (parameters.length < least || parameters.length > most) {
      const rule = least === most ? `exactly ${least}` : `${least} to ${most}`;
      throw invalidQuery(at, `the parameters of ${text} must be ${rule}, got ${parameters.length}`);
    }
    return { kind: "call", name, parameters };
  }

  #path(): Expression {
    const { kind, text } = this.#token;
    if (kind === "name" && reserved.has(text.toLowerCase())) throw this.#unexpected("a value");
    const segments: (string | number)[] = [this.#name()];
    for (;;) {
      if (this.#accept(".")) segments.push(this.#name());
      else if (this.#token.kind === "quotedName") segments.push(this.#take().text);
      else if (this.#accept("[")) segments.push(this.#closed(this.#integer(), "]"));
      else return { kind: "path", segments: this.#pathOf(segments) };
    }
  }

  #integer(): number {
    const { kind, text, at } = this.#token;
    const value = Number(text);
    if (kind !== "number" || !Number.isSafeInteger(value)) throw this.#unexpected("an integer", at);
    this.#take();
    return value;
  }

  #name(): string {
    const { kind } = this.#token;
    if (kind === "name" || kind === "quotedName") return this.#take().text;
    throw this.#unexpected("a name");
  }

  #list<Item>(read: () => Item, separator: string): Item[] {
    const items = [read()];
    while (this.#accept(separator)) items.push(read());
    return items;
  }

  #closed<Item>(item: Item, closing: string): Item {
    this.#expect(closing);
    return item;
  }

  #nested<Item>(read: () => Item): Item {
    if (++this.#depth > maxDepth)
      throw invalidQuery(this.#token.at, `the query must be up to ${maxDepth} levels deep`);
    const item = read();
    this.#depth--;
    return item;
  }

  get #token(): Token {
    return this.#tokens[this.#next] ?? { kind: "end", text: "", at: 0 };
  }

  #take(): Token {
    const token = this.#token;
    this.#next++;
    return token;
  }

  #isCall(): boolean {
    const following = this.#tokens[this.#next + 1];
    return following?.kind === "symbol" && following.text === "(";
  }

  #is(word: string): boolean {
    const { kind, text } = this.#token;
    return (kind === "name" || kind === "symbol") && text.toLowerCase() === word;
  }

  #accept(word: string): boolean {
    if (!this.#is(word)) return false;
    this.#next++;
    return true;
  }

  #expect(word: string): void {
    if (!this.#accept(word)) throw this.#unexpected(`'${word.toUpperCase()}'`);
  }

  #unexpected(expected: string, at: number = this.#token.at): Error {
    const { kind, text } = this.#token;
    return invalidQuery(
      at,
      `expected ${expected}, got ${kind === "end" ? "the end" : `'${text.slice(0, 40)}'`}`,
    );
  }
}

// An unnamed column has the last name of its path, or its place.
function named({ name, ...column }: Partial<Column>, at: number): Column {
  if (name !== undefined) return { ...column, name };
  const { aggregate, expression } = column;
  const last =
    aggregate === undefined && expression?.kind === "path" ? expression.segments.at(-1) : undefined;
  return { ...column, name: typeof last === "string" ? last : `$${at + 1}` };
}
