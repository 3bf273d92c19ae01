import { Hono } from "hono";
import { json } from "../../http/requests.ts";
import type { Hub } from "../../hub/hub.ts";
import { Fields } from "../fields.ts";
import { permit, readJson, type ServiceEnv } from "../service-request.ts";
import { readRegistryJob } from "./registry-job.ts";
import type { RegistryJobs } from "./registry-jobs.ts";

/**
 * Routes of jobs that import and export identities: `/jobs/create`, `/jobs` and `/jobs/{id}`. An export has the keys of all
 * devices, so reading the registry isn't enough to create one.
 *
 * @source IoT Hub service REST, Jobs - Create Import Export Job, Get, Cancel
 */
export function registryJobRoutes(hub: Hub, jobs: RegistryJobs): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const [read, write] = [permit(hub, "RegistryRead"), permit(hub, "RegistryWrite")];
  app.post("/create", write, async (context) => {
    return json(200, jobs.create(readRegistryJob(new Fields(await readJson(context), ""))));
  });
  app.get("/", read, () => json(200, jobs.list()));
  app.get("/:job", read, (context) => json(200, jobs.get(context.req.param("job"))));
  app.delete("/:job", write, (context) => json(200, jobs.cancel(context.req.param("job"))));
  return app;
}
