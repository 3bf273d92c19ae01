/** A value that a query writes or computes; `undefined` is the value of a missing tag, for example. */
export type Literal = string | number | boolean | null | undefined;

/** The operators that have two operands, in lower case. */
export type BinaryOperator =
  | "or"
  | "and"
  | "="
  | "!="
  | "<"
  | ">"
  | "<="
  | ">="
  | "in"
  | "nin"
  | "+"
  | "-"
  | "*"
  | "/"
  | "%";

/** An expression of a query. */
export type Expression =
  | { readonly kind: "literal"; readonly value: Literal }
  | { readonly kind: "path"; readonly segments: readonly (string | number)[] }
  | { readonly kind: "array"; readonly items: readonly Expression[] }
  | { readonly kind: "call"; readonly name: string; readonly parameters: readonly Expression[] }
  | { readonly kind: "not" | "negate"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

/** The aggregate functions, in lower case. */
export type Aggregate = "count" | "sum" | "avg" | "min" | "max";

/** A column of the answer. */
export interface Column {
  readonly name: string;
  /** Without it, the column is the value of the expression. */
  readonly aggregate?: Aggregate;
  /** Missing for `COUNT()`. */
  readonly expression?: Expression;
}

/** The collections that a query can read. */
export type Collection = "devices" | "devices.modules" | "devices.jobs";

/** A query. */
export interface Query {
  /** The largest number of items, if it is limited. */
  readonly top?: number;
  /** `*` for whole twins. */
  readonly columns: "*" | readonly Column[];
  readonly from: Collection;
  readonly where?: Expression;
  readonly groupBy: readonly Expression[];
}
