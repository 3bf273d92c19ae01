import type { JsonObject } from "@isohub/core";
import { evaluate } from "./evaluation.ts";
import type { Aggregate, Column, Query } from "./expression.ts";
import { finite } from "./functions.ts";
import { order } from "./values.ts";

/** An item of the answer with its position. */
export interface PlacedItem {
  readonly position: number;
  readonly item: JsonObject;
}

/** The state of an aggregate of one group. */
interface Tally {
  count: number;
  numbers: number;
  sum: number;
  least: unknown;
  greatest: unknown;
}

interface Group {
  /** A twin of the group, which the values of its columns come from. */
  readonly twin: JsonObject;
  readonly tallies: readonly Tally[];
}

/** Returns an item for each group of twins, in the order in which the groups appear; without GROUP BY, one. */
export function* groupsOf(
  { columns, groupBy }: Query,
  twins: Iterable<{ readonly twin: JsonObject }>,
): Generator<PlacedItem> {
  if (columns === "*") return;
  const groups = new Map<string, Group>();
  const groupOf = (twin: JsonObject): Group => {
    const key = JSON.stringify(groupBy.map((expression) => [evaluate(expression, twin)]));
    const group = groups.get(key) ?? { twin, tallies: columns.map(newTally) };
    groups.set(key, group);
    return group;
  };
  if (groupBy.length === 0) groupOf({});
  for (const { twin } of twins) {
    const { tallies } = groupOf(twin);
    for (const [at, column] of columns.entries()) {
      const tally = tallies[at];
      if (tally !== undefined) count(tally, column, twin);
    }
  }
  let position = 0;
  for (const group of groups.values()) yield { position: position++, item: itemOf(columns, group) };
}

function newTally(): Tally {
  return { count: 0, numbers: 0, sum: 0, least: undefined, greatest: undefined };
}

function count(tally: Tally, { expression }: Column, twin: JsonObject): void {
  const value = expression === undefined ? null : evaluate(expression, twin);
  if (value === undefined) return;
  tally.count++;
  if (typeof value === "number") {
    tally.numbers++;
    tally.sum += value;
  }
  if (tally.least === undefined || (order(value, tally.least) ?? 0) < 0) tally.least = value;
  if (tally.greatest === undefined || (order(value, tally.greatest) ?? 0) > 0) tally.greatest = value;
}

const results: Readonly<Record<Aggregate, (tally: Tally) => unknown>> = {
  count: (tally) => tally.count,
  sum: ({ numbers, sum }) => (numbers === 0 ? undefined : finite(sum)),
  avg: ({ numbers, sum }) => (numbers === 0 ? undefined : finite(sum / numbers)),
  min: ({ least }) => least,
  max: ({ greatest }) => greatest,
};

function itemOf(columns: readonly Column[], { twin, tallies }: Group): JsonObject {
  const entries = columns.map(({ name, aggregate, expression }, at): [string, unknown] => {
    const tally = tallies[at];
    if (aggregate !== undefined) return [name, tally === undefined ? undefined : results[aggregate](tally)];
    return [name, expression === undefined ? undefined : evaluate(expression, twin)];
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
