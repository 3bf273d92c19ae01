import { decodeBase64, encodeBase64, isJsonObject, parseJson, utf8 } from "@isohub/core/internal";
import { Hono } from "hono";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { generationOf } from "../hub/registry.ts";
import type { Collection } from "../query/expression.ts";
import { parseQuery } from "../query/parser.ts";
import { firstPosition, type QueryPosition, type Row, runQuery } from "../query/run-query.ts";
import { Fields } from "./fields.ts";
import { permit, readJson, type ServiceContext, type ServiceEnv } from "./service-request.ts";

const defaultPageSize = 100;
const maxPageSize = 1000;

/** The route `/devices/query`. @source IoT Hub service REST, Query - Get Twins */
export function queryRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.post("/query", permit(hub, "ServiceConnect"), async (context) => {
    const text = new Fields(await readJson(context), "").text("query");
    if (text === undefined) throw new HubError("ArgumentInvalid", "query must be a string, got nothing.");
    const query = parseQuery(text);
    if (query.from === "devices.jobs") throw new HubError("NotEmulated", "Jobs aren't emulated.");
    const page = runQuery(query, rowsOf(hub, query.from), positionIn(context), pageSizeIn(context));
    return new Response(JSON.stringify(page.items), {
      headers: {
        "content-type": "application/json; charset=utf-8",
        "x-ms-item-type": query.columns === "*" ? "twin" : "raw",
        ...(page.next === undefined ? {} : { "x-ms-continuation": tokenOf(page.next) }),
      },
    });
  });
  return app;
}

function* rowsOf({ registry, views }: Hub, from: Collection): Generator<Row> {
  for (const record of registry.list()) {
    if ((from === "devices") !== (record.moduleId === undefined)) continue;
    yield { position: generationOf(record), twin: () => ({ ...views.twin(record) }) };
  }
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
