import type { JsonObject } from "@isohub/core";
import { evaluate } from "./evaluation.ts";
import type { Column, Query } from "./expression.ts";
import { groupsOf, type PlacedItem } from "./groups.ts";

/** A twin that a query reads. */
export interface Row {
  /** Rises from row to row, and stays with the twin. */
  readonly position: number;
  /** Returns the twin as services see it. */
  twin(): JsonObject;
}

/** The place where the next page begins. */
export interface QueryPosition {
  /** The position of the last row that was read; for groups, the number of groups. */
  readonly after: number;
  /** The number of items in the pages so far. */
  readonly taken: number;
}

/** A page of the answer. */
export interface QueryPage {
  readonly items: readonly JsonObject[];
  /** Missing on the last page. */
  readonly next?: QueryPosition;
}

/** The place of the first page. */
export const firstPosition: QueryPosition = { after: -1, taken: 0 };

/** Whether the items of the answer are whole twins. */
export function selectsTwins({ columns }: Query): boolean {
  return columns === "*";
}

/**
 * Returns a page of the answer to a query.
 *
 * @param rows - in the order of their positions
 */
export function runQuery(
  query: Query,
  rows: Iterable<Row>,
  from: QueryPosition,
  pageSize: number,
): QueryPage {
  const { columns } = query;
  const isGrouped =
    columns !== "*" && (query.groupBy.length > 0 || columns.some(({ aggregate }) => aggregate !== undefined));
  return pageOf(isGrouped ? groupsOf(query, matching(query, rows)) : plainItems(query, rows, from), {
    from,
    left: Math.max(0, (query.top ?? Number.POSITIVE_INFINITY) - from.taken),
    pageSize,
  });
}

function pageOf(
  items: Iterable<PlacedItem>,
  { from, left, pageSize }: { from: QueryPosition; left: number; pageSize: number },
): QueryPage {
  const page: JsonObject[] = [];
  let { after } = from;
  if (left === 0) return { items: page };
  for (const { position, item } of items) {
    if (position <= from.after) continue;
    // There is one more: this page isn't the last one.
    if (page.length === pageSize) return { items: page, next: { after, taken: from.taken + page.length } };
    page.push(item);
    after = position;
    if (page.length === left) break;
  }
  return { items: page };
}

function* plainItems(query: Query, rows: Iterable<Row>, { after }: QueryPosition): Generator<PlacedItem> {
  const { columns } = query;
  for (const { position, twin } of matching(query, rows, after)) {
    yield { position, item: columns === "*" ? twin : project(columns, twin) };
  }
}

function* matching(
  { where }: Query,
  rows: Iterable<Row>,
  after = -1,
): Generator<{ readonly position: number; readonly twin: JsonObject }> {
  for (const row of rows) {
    if (row.position <= after) continue;
    const twin = row.twin();
    if (where === undefined || evaluate(where, twin) === true) yield { position: row.position, twin };
  }
}

function project(columns: readonly Column[], twin: JsonObject): JsonObject {
  const entries = columns.map(({ name, expression }) => [
    name,
    expression === undefined ? undefined : evaluate(expression, twin),
  ]);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
