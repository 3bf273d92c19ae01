import type { PageOptions } from "../../api/paging.ts";
import { type FieldsOf, integer, optional, text } from "../../schema/schema.ts";

/** The fields of a request for a part of a list. */
export const pageFields: FieldsOf<PageOptions> = {
  limit: optional(integer(1, 1_000_000, "The largest number of items")),
  after: optional(text("Only items after the one with this id")),
};
