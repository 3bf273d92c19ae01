import { Hono } from "hono";
import { json } from "../../http/requests.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError } from "../../hub/hub-error.ts";
import { targetOf } from "../../hub/jobs/target.ts";
import { conditionOf as conditionTest } from "../../query/condition.ts";
import { Fields } from "../fields.ts";
import {
  conditionOf,
  identityIn,
  permit,
  readJson,
  type ServiceContext,
  type ServiceEnv,
  tagged,
  topOf,
} from "../service-request.ts";
import { readConfiguration, readContent } from "./configuration-input.ts";
import { type ConfigurationView, configurationView, countOf } from "./configuration-view.ts";

const maxListed = 100;

/** Routes of `/configurations`. @source IoT Hub service REST, Configuration */
export function configurationRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const read = permit(hub, "RegistryRead");
  const write = permit(hub, "RegistryWrite");
  const { configurations } = hub;
  const view = (id: string): ConfigurationView => configurationView(hub, configurations.get(id));
  app.get("/", read, (context) => {
    const records = configurations.list().slice(0, topOf(context, maxListed));
    return json(
      200,
      records.map((record) => configurationView(hub, record)),
    );
  });
  app.post("/testQueries", read, async (context) => {
    const body = new Fields(await readJson(context), "");
    const queries = body.fields("customMetricQueries").entries();
    const target = body.text("targetCondition") ?? "";
    return json(200, {
      targetConditionError: problemOf(() => targetOf(target, conditionTest)),
      customMetricQueryErrors: Object.fromEntries(
        queries.flatMap(([name, query]) => {
          const problem = problemOf(() => countOf(hub, String(query)));
          return problem === "" ? [] : [[name, problem]];
        }),
      ),
    });
  });
  app.get("/:id", read, (context) => tagged(view(context.req.param("id"))));
  app.put("/:id", write, async (context) => {
    const id = context.req.param("id");
    const body = new Fields(await readJson(context), "");
    const condition = conditionOf(context);
    if (condition === undefined) configurations.create(id, readConfiguration(hub, body));
    else configurations.update(id, readConfiguration(hub, body, configurations.get(id)), condition);
    return tagged(view(id));
  });
  app.delete("/:id", write, (context) => {
    configurations.delete(context.req.param("id"), conditionOf(context));
    return context.body(null, 204);
  });
  return app;
}

/** The route `/devices/{id}/applyConfigurationContent`. @source IoT Hub service REST, Configuration - Apply On Edge Device */
export function configurationContentRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.post(
    "/:id/applyConfigurationContent",
    permit(hub, "RegistryWrite"),
    async (context: ServiceContext) => {
      const { deviceId } = identityIn(context);
      hub.configurations.applyTo({ deviceId }, readContent(new Fields(await readJson(context), "")) ?? {});
      return context.body(null, 204);
    },
  );
  return app;
}

function problemOf(run: () => unknown): string {
  try {
    run();
    return "";
  } catch (error) {
    if (error instanceof HubError) return error.message;
    throw error;
  }
}
