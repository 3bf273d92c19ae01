import type { JsonObject } from "@isohub/core";
import type { BinaryOperator, Expression } from "./expression.ts";
import { finite, functions } from "./functions.ts";
import { equal, order } from "./values.ts";

/**
 * Returns the value of an expression for a twin. What is missing, or has the wrong type, is `undefined`; logic has three
 * values.
 */
export function evaluate(expression: Expression, twin: JsonObject): unknown {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "path":
      return expression.segments.reduce<unknown>(member, twin);
    case "array":
      return expression.items.map((item) => evaluate(item, twin));
    case "call":
      return functions
        .get(expression.name)
        ?.run(...expression.parameters.map((each) => evaluate(each, twin)));
    case "not": {
      const operand = evaluate(expression.operand, twin);
      return typeof operand === "boolean" ? !operand : undefined;
    }
    case "negate": {
      const operand = evaluate(expression.operand, twin);
      return typeof operand === "number" ? -operand : undefined;
    }
    case "binary":
      return evaluateBinary(expression, twin);
  }
}

type Binary = Extract<Expression, { kind: "binary" }>;

// A chain such as `a OR b OR c` nests to the left, once for each operator: without recursion, it can be long.
function evaluateBinary(expression: Binary, twin: JsonObject): unknown {
  const chain: Binary[] = [];
  let first: Expression = expression;
  for (; first.kind === "binary"; first = first.left) chain.push(first);
  return chain.reduceRight(
    (left, { operator, right }) => {
      // The result of these can be known without the second operand.
      if (operator === "and" && left === false) return false;
      if (operator === "or" && left === true) return true;
      return combine[operator](left, evaluate(right, twin));
    },
    evaluate(first, twin),
  );
}

const combine: Readonly<Record<BinaryOperator, (left: unknown, right: unknown) => unknown>> = {
  and: (left, right) => (right === false ? false : left === true && right === true ? true : undefined),
  or: (left, right) => (right === true ? true : left === false && right === false ? false : undefined),
  "=": equal,
  "!=": (left, right) => negated(equal(left, right)),
  "<": (left, right) => ordered(left, right, (sign) => sign < 0),
  ">": (left, right) => ordered(left, right, (sign) => sign > 0),
  "<=": (left, right) => ordered(left, right, (sign) => sign <= 0),
  ">=": (left, right) => ordered(left, right, (sign) => sign >= 0),
  in: isIn,
  nin: (left, right) => negated(isIn(left, right)),
  "+": (left, right) => {
    if (typeof left === "string" && typeof right === "string") return left + right;
    return computed(left, right, (a, b) => a + b);
  },
  "-": (left, right) => computed(left, right, (a, b) => a - b),
  "*": (left, right) => computed(left, right, (a, b) => a * b),
  "/": (left, right) => computed(left, right, (a, b) => a / b),
  "%": (left, right) => computed(left, right, (a, b) => a % b),
};

function isIn(left: unknown, right: unknown): boolean | undefined {
  if (left === undefined || !Array.isArray(right)) return undefined;
  return right.some((item) => equal(left, item) === true);
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value;
}

function ordered(left: unknown, right: unknown, test: (sign: number) => boolean): boolean | undefined {
  const sign = order(left, right);
  return sign === undefined ? undefined : test(sign);
}

function computed(left: unknown, right: unknown, run: (a: number, b: number) => number): number | undefined {
  return typeof left === "number" && typeof right === "number" ? finite(run(left, right)) : undefined;
}

function member(value: unknown, name: string | number): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string | number, unknown>>)[name];
}
