import { Hono } from "hono";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import { generationOf } from "../hub/identities/registry.ts";
import type { Collection } from "../query/expression.ts";
import { parseQuery } from "../query/parser.ts";
import type { Row } from "../query/run-query.ts";
import { Fields } from "./fields.ts";
import { pageOf } from "./paging.ts";
import { permit, readJson, type ServiceEnv } from "./service-request.ts";

/** The route `/devices/query`. @source IoT Hub service REST, Query - Get Twins */
export function queryRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.post("/query", permit(hub, "ServiceConnect"), async (context) => {
    const text = new Fields(await readJson(context), "").text("query");
    if (text === undefined) throw new HubError("ArgumentInvalid", "query must be a string, got nothing.");
    const query = parseQuery(text);
    const { from, columns } = query;
    if (from === "devices.jobs" && columns !== "*") {
      throw new HubError("ArgumentInvalid", "A query of devices.jobs must select *.");
    }
    const whole = from === "devices.jobs" ? "deviceJob" : "twin";
    return pageOf(context, query, rowsOf(hub, from), columns === "*" ? whole : "raw");
  });
  return app;
}

/** Returns the rows of a collection. */
export function* rowsOf({ registry, views, jobs }: Hub, from: Collection): Generator<Row> {
  if (from === "devices.jobs") {
    for (const { position, view } of jobs.devices()) yield { position, twin: view };
    return;
  }
  for (const record of registry.list()) {
    if ((from === "devices") !== (record.moduleId === undefined)) continue;
    yield { position: generationOf(record), twin: () => ({ ...views.twin(record) }) };
  }
}
