import { HubError } from "../hub/hub-error.ts";

/** A part of a list. */
export interface PageOptions {
  /** The largest number of items. Defaults to all. */
  limit?: number;
  /** Only items after the one with this id. */
  after?: string;
}

/**
 * Returns a part of a list.
 *
 * @throws {HubError} ArgumentInvalid if no item has the id `after`
 */
export function pageOf<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { limit, after }: PageOptions = {},
): readonly Item[] {
  let start = 0;
  if (after !== undefined) {
    start = items.findIndex((item) => idOf(item) === after) + 1;
    if (start === 0)
      throw new HubError("ArgumentInvalid", `after must be the id of an item in the list, got '${after}'.`);
  }
  return items.slice(start, limit === undefined ? undefined : start + limit);
}
