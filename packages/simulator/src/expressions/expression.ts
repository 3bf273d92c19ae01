import { asError, shown } from "@isohub/core/internal";
import jsep from "jsep";

/** The values that an expression can read, by name. */
export type Scope = Readonly<Record<string, unknown>>;

/** An expression that has been checked. */
export interface ParsedExpression {
  /** The names that it reads. */
  readonly names: readonly string[];
  /** Computes its value. @param random - for `random()`: a number from 0 to 1 */
  evaluate(scope: Scope, random: () => number): unknown;
}

type Evaluate = (scope: Scope, random: () => number) => unknown;

const numeric = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);

/** Rounds a number. @param decimals - by default none */
export function round(value: number, decimals: number = 0): number {
  const factor = 10 ** decimals;
  return Math.round(value * factor) / factor;
}

const functions: Readonly<Record<string, (...args: number[]) => number>> = {
  abs: Math.abs,
  ceil: Math.ceil,
  clamp: (value = Number.NaN, low = Number.NaN, high = Number.NaN) => Math.min(Math.max(value, low), high),
  cos: Math.cos,
  exp: Math.exp,
  floor: Math.floor,
  log: Math.log,
  max: Math.max,
  min: Math.min,
  pow: (base = Number.NaN, exponent = Number.NaN) => base ** exponent,
  round: (value = Number.NaN, decimals = 0) => round(value, decimals),
  sign: Math.sign,
  sin: Math.sin,
  sqrt: Math.sqrt,
  tan: Math.tan,
};

/** The functions of expressions. */
export const functionNames: readonly string[] = [...Object.keys(functions), "random"].sort();

const constants: Scope = { pi: Math.PI };

const binary: Readonly<Record<string, (left: unknown, right: unknown) => unknown>> = {
  "+": (left, right) =>
    typeof left === "string" || typeof right === "string"
      ? `${left}${right}`
      : numeric(left) + numeric(right),
  "-": (left, right) => numeric(left) - numeric(right),
  "*": (left, right) => numeric(left) * numeric(right),
  "/": (left, right) => numeric(left) / numeric(right),
  "%": (left, right) => numeric(left) % numeric(right),
  "==": (left, right) => left === right,
  "===": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "!==": (left, right) => left !== right,
  "<": (left, right) => numeric(left) < numeric(right),
  "<=": (left, right) => numeric(left) <= numeric(right),
  ">": (left, right) => numeric(left) > numeric(right),
  ">=": (left, right) => numeric(left) >= numeric(right),
};

/**
 * Parses an expression. It can read values and call the functions of {@link functionNames}, and nothing else: no code is generated,
 * and no member is read that isn't the object's own.
 *
 * @throws {SyntaxError} with what it doesn't understand
 */
export function parseExpression(text: string): ParsedExpression {
  const names = new Set<string>();
  let tree: jsep.Expression;
  try {
    tree = jsep(text);
  } catch (error) {
    throw new SyntaxError(asError(error).message);
  }
  const evaluate = compile(tree, names);
  return { names: [...names], evaluate };
}

function compile(node: jsep.Expression, names: Set<string>): Evaluate {
  const inner = (each: unknown): Evaluate => compile(each as jsep.Expression, names);
  switch (node.type) {
    case "Literal": {
      const { value } = node as jsep.Literal;
      return () => value;
    }
    case "Identifier": {
      const { name } = node as jsep.Identifier;
      if (Object.hasOwn(constants, name)) return () => constants[name];
      names.add(name);
      return (scope) => own(scope, name);
    }
    case "MemberExpression": {
      const { object, property, computed } = node as jsep.MemberExpression;
      const target = inner(object);
      const name: Evaluate = computed ? inner(property) : () => (property as jsep.Identifier).name;
      return (scope, random) => own(target(scope, random), name(scope, random));
    }
    case "UnaryExpression": {
      const { operator, argument } = node as jsep.UnaryExpression;
      const value = inner(argument);
      if (operator === "!") return (scope, random) => !value(scope, random);
      if (operator === "-") return (scope, random) => -numeric(value(scope, random));
      if (operator === "+") return (scope, random) => numeric(value(scope, random));
      throw new SyntaxError(`'${operator}' isn't an operator`);
    }
    case "BinaryExpression":
    case "LogicalExpression": {
      const { operator, left, right } = node as jsep.BinaryExpression;
      return compileBinary(operator, inner(left), inner(right));
    }
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as jsep.ConditionalExpression;
      const [condition, yes, no] = [inner(test), inner(consequent), inner(alternate)];
      return (scope, random) => (condition(scope, random) ? yes(scope, random) : no(scope, random));
    }
    case "CallExpression":
      return compileCall(node as jsep.CallExpression, inner);
    default:
      throw new SyntaxError(
        `${node.type === "Compound" ? "More than one expression" : node.type} isn't supported`,
      );
  }
}

function compileBinary(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  if (operator === "&&") return (scope, random) => left(scope, random) && right(scope, random);
  if (operator === "||") return (scope, random) => left(scope, random) || right(scope, random);
  const compute = Object.hasOwn(binary, operator) ? binary[operator] : undefined;
  if (compute === undefined) throw new SyntaxError(`'${operator}' isn't an operator`);
  return (scope, random) => compute(left(scope, random), right(scope, random));
}

function compileCall(
  { callee, arguments: args }: jsep.CallExpression,
  inner: (each: unknown) => Evaluate,
): Evaluate {
  if (callee.type !== "Identifier") throw new SyntaxError("A call must name a function");
  const { name } = callee as jsep.Identifier;
  if (name === "random") return (_scope, random) => random();
  const call = Object.hasOwn(functions, name) ? functions[name] : undefined;
  if (call === undefined)
    throw new SyntaxError(`${shown(name)} isn't a function; the functions are ${functionNames.join(", ")}`);
  const values = args.map(inner);
  return (scope, random) => call(...values.map((value) => numeric(value(scope, random))));
}

/** Reads an own member of a value, never an inherited one. */
function own(value: unknown, name: unknown): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name as PropertyKey))
    return undefined;
  return (value as Readonly<Record<string, unknown>>)[name as string];
}
