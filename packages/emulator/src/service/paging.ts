import { decodeBase64, encodeBase64, isJsonObject, parseJson, utf8 } from "@isohub/core/internal";
import { HubError } from "../hub/hub-error.ts";
import type { Query } from "../query/expression.ts";
import { firstPosition, type QueryPosition, type Row, runQuery } from "../query/run-query.ts";
import type { ServiceContext } from "./service-request.ts";

/** The type of the items of a page, which clients read from its header. */
export type ItemType = "twin" | "deviceJob" | "jobResponse" | "raw";

const defaultPageSize = 100;
const maxPageSize = 1000;

/** Answers with the page of a query that the headers of the request ask for. @throws {HubError} ArgumentInvalid */
export function pageOf(context: ServiceContext, query: Query, rows: Iterable<Row>, type: ItemType): Response {
  const page = runQuery(query, rows, positionIn(context), pageSizeIn(context));
  return new Response(JSON.stringify(page.items), {
    headers: {
      "content-type": "application/json; charset=utf-8",
      "x-ms-item-type": type,
      ...(page.next === undefined ? {} : { "x-ms-continuation": tokenOf(page.next) }),
    },
  });
}

function pageSizeIn(context: ServiceContext): number {
  const size = context.req.header("x-ms-max-item-count");
  if (size === undefined || size === "") return defaultPageSize;
  if (/^\d{1,9}$/.test(size) && Number(size) >= 1) return Math.min(Number(size), maxPageSize);
  throw new HubError(
    "ArgumentInvalid",
    `x-ms-max-item-count must be an integer from 1 to ${maxPageSize}, got '${size.slice(0, 40)}'.`,
  );
}

function positionIn(context: ServiceContext): QueryPosition {
  const token = context.req.header("x-ms-continuation");
  if (token === undefined || token === "") return firstPosition;
  const { after, taken } = readToken(token);
  if (typeof after === "number" && typeof taken === "number") return { after, taken };
  throw new HubError("ArgumentInvalid", "x-ms-continuation must be the header of an earlier page.");
}

function readToken(token: string): Record<string, unknown> {
  try {
    const read: unknown = parseJson(decodeBase64(token) ?? new Uint8Array());
    return isJsonObject(read) ? read : {};
  } catch {
    return {};
  }
}

function tokenOf(position: QueryPosition): string {
  return encodeBase64(utf8(JSON.stringify(position)));
}
