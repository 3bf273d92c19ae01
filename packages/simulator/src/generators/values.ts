import { csvColumn } from "../document/csv.ts";
import type {
  ConstantGenerator,
  EnumGenerator,
  ExpressionGenerator,
  ReplayGenerator,
} from "../document/generators.ts";
import { parseExpression } from "../expressions/expression.ts";
import type { Random } from "./random.ts";
import type { Values } from "./tick.ts";

export function constantValues({ value }: ConstantGenerator): Values {
  return () => value;
}

export function enumValues({ values, weights, order = "random" }: EnumGenerator, random: Random): Values {
  let next = 0;
  if (order === "cycle") return () => values[next++ % values.length];
  const limits: number[] = [];
  let total = 0;
  for (const index of values.keys()) {
    total += weights?.[index] ?? 1;
    limits.push(total);
  }
  return () => {
    const drawn = random() * total;
    return values[limits.findIndex((limit) => drawn < limit)];
  };
}

export function replayValues(
  { file, column, atEnd = "restart", start = "first" }: ReplayGenerator,
  random: Random,
  files: Readonly<Record<string, string>>,
): Values {
  const values = columnOf(files[file] ?? "", column);
  const drawn = random();
  let next = start === "random" ? Math.floor(drawn * values.length) : 0;
  return () => {
    const at = atEnd === "stop" ? Math.min(next, values.length - 1) : next % values.length;
    next++;
    return values[at];
  };
}

/** Thousands of devices replay the same column. */
const columns = new Map<string, Map<string, readonly (string | number)[]>>();

function columnOf(content: string, name: string): readonly (string | number)[] {
  const ofContent = columns.get(content) ?? new Map<string, readonly (string | number)[]>();
  columns.set(content, ofContent);
  const column = ofContent.get(name) ?? csvColumn(content, name) ?? [];
  ofContent.set(name, column);
  return column;
}

export function expressionValues({ expression }: ExpressionGenerator, random: Random): Values {
  const { evaluate } = parseExpression(expression);
  return ({ scope }) => finite(evaluate(scope, random));
}

/** JSON has no form for NaN and infinity. */
function finite(value: unknown): unknown {
  return value === undefined || (typeof value === "number" && !Number.isFinite(value)) ? null : value;
}
