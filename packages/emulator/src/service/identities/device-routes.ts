import { Hono } from "hono";
import { json } from "../../http/requests.ts";
import type { Hub } from "../../hub/hub.ts";
import type { Identity } from "../../hub/identities/identity.ts";
import type { DeviceIdentity, ModuleIdentity } from "../../hub/views/service-view.ts";
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
import { runBulk } from "./bulk.ts";
import { readIdentityOptions, requireSameIds } from "./identity-input.ts";
import { createIdentity, updateIdentity } from "./identity-writes.ts";

const maxListed = 1000;

/**
 * Routes of the identity registry: `/devices`, `/devices/{id}` and `/devices/{id}/modules`.
 *
 * @source IoT Hub service REST, Devices, Modules, Bulk Registry, Cloud To Device Messages
 */
export function deviceRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const read = permit(hub, "RegistryRead");
  const write = permit(hub, "RegistryWrite");

  const get = (context: ServiceContext): Response => tagged(viewOf(hub, identityIn(context)));
  const put = async (context: ServiceContext): Promise<Response> => {
    const identity = identityIn(context);
    const body = new Fields(await readJson(context), "");
    requireSameIds(body, identity);
    const options = readIdentityOptions(body);
    const condition = conditionOf(context);
    if (condition === undefined) createIdentity(hub, identity, options);
    else updateIdentity(hub, identity, options, condition);
    return tagged(viewOf(hub, identity));
  };
  const remove = (context: ServiceContext): Response => {
    hub.identities.delete(identityIn(context), conditionOf(context));
    return context.body(null, 204);
  };

  app.get("/", read, (context) => json(200, hub.views.devices(topOf(context, maxListed))));
  app.post("/", write, async (context) => {
    const result = runBulk(hub, await readJson(context));
    return json(result.isSuccessful ? 200 : 400, result);
  });
  for (const path of ["/:id", "/:id/modules/:module"] as const) {
    app.get(path, read, get);
    app.put(path, write, put);
    app.delete(path, write, remove);
  }
  app.get("/:id/modules", read, (context) => {
    const { deviceId } = identityIn(context);
    hub.registry.require({ deviceId });
    return json(200, hub.views.modules(deviceId));
  });
  app.delete("/:id/commands", permit(hub, "ServiceConnect"), (context) => {
    const { deviceId } = identityIn(context);
    hub.registry.require({ deviceId });
    const totalMessagesPurged = hub.c2d.purge(deviceId);
    return json(200, { totalMessagesPurged, deviceId, moduleId: null });
  });
  return app;
}

/** Routes of `/statistics`. @source IoT Hub service REST, Statistics */
export function statisticsRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  const read = permit(hub, "RegistryRead");
  app.get("/devices", read, () => {
    const devices = hub.registry.devices();
    const disabledDeviceCount = devices.filter(({ status }) => status === "disabled").length;
    const totalDeviceCount = devices.length;
    const enabledDeviceCount = totalDeviceCount - disabledDeviceCount;
    return json(200, { totalDeviceCount, enabledDeviceCount, disabledDeviceCount });
  });
  app.get("/service", read, () => {
    const connected = hub.sessions
      .list()
      .filter(({ live, identity }) => live && identity.moduleId === undefined);
    return json(200, { connectedDeviceCount: connected.length });
  });
  return app;
}

function viewOf({ views }: Hub, { deviceId, moduleId }: Identity): DeviceIdentity | ModuleIdentity {
  return moduleId === undefined ? views.device(deviceId) : views.module({ deviceId, moduleId });
}
