import { Hono } from "hono";
import { readMethodCall } from "../http/method-call.ts";
import { json } from "../http/requests.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import type { JobOptions } from "../hub/jobs/job-records.ts";
import type { Row } from "../query/run-query.ts";
import { Fields } from "./fields.ts";
import { pageOf } from "./paging.ts";
import { permit, readJson, type ServiceContext, type ServiceEnv } from "./service-request.ts";
import { readTwinChange } from "./twin-input.ts";

const defaultExecutionSeconds = 3600;

/** Routes of jobs on many devices: `/jobs/v2`. @source IoT Hub service REST, Jobs */
export function jobRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const connect = permit(hub, "ServiceConnect");
  const { jobs } = hub;
  app.get("/v2/query", connect, (context) => {
    return pageOf(
      context,
      { columns: "*", from: "devices.jobs", groupBy: [] },
      jobsOf(hub, context),
      "jobResponse",
    );
  });
  app.get("/v2/:job", connect, (context) => json(200, jobs.get(context.req.param("job"))));
  app.put("/v2/:job", connect, async (context) => {
    const body = new Fields(await readJson(context), "");
    return json(200, jobs.create(readJob(context.req.param("job"), body)));
  });
  app.post("/v2/:job/cancel", connect, (context) => json(200, jobs.cancel(context.req.param("job"))));
  return app;
}

function* jobsOf({ jobs }: Hub, context: ServiceContext): Generator<Row> {
  const [type, status] = [context.req.query("jobType"), context.req.query("jobStatus")];
  for (const { position, view } of jobs.list()) {
    const job = view();
    if (isSame(type, job["type"]) && isSame(status, job["status"])) yield { position, twin: () => job };
  }
}

function isSame(wanted: string | undefined, value: unknown): boolean {
  return wanted === undefined || wanted === "" || wanted.toLowerCase() === String(value).toLowerCase();
}

function readJob(jobId: string, body: Fields): JobOptions {
  const start = body.text("startTime");
  const startsAt = start === undefined || start === "" ? undefined : Date.parse(start);
  if (startsAt !== undefined && Number.isNaN(startsAt)) {
    throw new HubError(
      "ArgumentInvalid",
      `startTime must be an ISO 8601 time, got '${start?.slice(0, 40)}'.`,
    );
  }
  const seconds = body.number("maxExecutionTimeInSeconds") ?? defaultExecutionSeconds;
  if (seconds <= 0) {
    throw new HubError("ArgumentInvalid", `maxExecutionTimeInSeconds must be positive, got ${seconds}.`);
  }
  const queryCondition = body.text("queryCondition");
  if (queryCondition === undefined || queryCondition === "") {
    throw new HubError("ArgumentInvalid", "queryCondition must be a condition or '*', got nothing.");
  }
  return {
    jobId,
    queryCondition,
    ...(startsAt === undefined ? {} : { startsAt }),
    maxExecutionTimeInSeconds: seconds,
    ...readOperation(body),
  };
}

function readOperation(body: Fields): Pick<JobOptions, "type" | "cloudToDeviceMethod" | "updateTwin"> {
  const type = body.text("type") ?? "";
  if (type === "scheduleDeviceMethod") {
    const call = body.json("cloudToDeviceMethod");
    if (call === undefined) {
      throw new HubError("ArgumentInvalid", "cloudToDeviceMethod must be a JSON object, got nothing.");
    }
    return { type, cloudToDeviceMethod: readMethodCall(call) };
  }
  if (type !== "scheduleUpdateTwin") {
    throw new HubError(
      "ArgumentInvalid",
      `type must be scheduleDeviceMethod or scheduleUpdateTwin, got '${type.slice(0, 40)}'.`,
    );
  }
  const update = body.fields("updateTwin");
  const etag = update.text("etag");
  const { tags, desired } = readTwinChange(update);
  return {
    type,
    updateTwin: {
      ...(etag === undefined ? {} : { etag }),
      ...(tags === undefined ? {} : { tags }),
      ...(desired === undefined ? {} : { properties: { desired } }),
    },
  };
}
