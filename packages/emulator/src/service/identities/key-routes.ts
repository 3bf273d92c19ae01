import { Hono } from "hono";
import { json } from "../../http/requests.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError, hubErrorOf } from "../../hub/hub-error.ts";
import { newKey } from "../../hub/identities/authentication.ts";
import type { Identity } from "../../hub/identities/identity.ts";
import { Fields } from "../fields.ts";
import { permit, readJson, type ServiceEnv } from "../service-request.ts";

const policyKeys = ["primaryKey", "secondaryKey", "both"] as const;
type PolicyKey = (typeof policyKeys)[number];

const maxDevices = 100;

/** The keys of a device or module after they were regenerated. */
interface RotatedKeys {
  readonly id: string;
  readonly moduleId?: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/**
 * The route `/devices/keys/regenerate`, which replaces the keys of up to a hundred devices and modules. One that fails
 * doesn't stop the others; the status is 207 then, and 400 if all have failed.
 *
 * @source IoT Hub service REST as the Azure CLI calls it, BulkRegenerateDeviceKey
 */
export function keyRoutes(hub: Hub): Hono<ServiceEnv> {
  const app = new Hono<ServiceEnv>({ strict: false });
  app.post("/keys/regenerate", permit(hub, "RegistryWrite"), async (context) => {
    const body = new Fields(await readJson(context), "");
    const policyKey = readPolicyKey(body.text("policyKey") ?? "");
    const rotatedKeys: RotatedKeys[] = [];
    const errors: object[] = [];
    for (const identity of readDevices(body)) {
      const names = namesOf(identity);
      try {
        rotatedKeys.push({ ...names, ...regenerate(hub, identity, policyKey) });
      } catch (error) {
        const { name: errorCode, message: errorStatus } = hubErrorOf(error);
        errors.push({ ...names, errorCode, errorStatus });
      }
    }
    const status = errors.length === 0 ? 200 : rotatedKeys.length === 0 ? 400 : 207;
    return json(status, { policyKey, rotatedKeys, errors });
  });
  return app;
}

function regenerate(
  { identities, registry }: Hub,
  identity: Identity,
  policyKey: PolicyKey,
): Pick<RotatedKeys, "primaryKey" | "secondaryKey"> {
  if (registry.require(identity).authentication !== "sas") {
    throw new HubError("ArgumentInvalid", "The device must authenticate with keys.");
  }
  const { primaryKey, secondaryKey } = identities.update(identity, {
    ...(policyKey === "secondaryKey" ? {} : { primaryKey: newKey() }),
    ...(policyKey === "primaryKey" ? {} : { secondaryKey: newKey() }),
  });
  return { primaryKey, secondaryKey };
}

function readPolicyKey(given: string): PolicyKey {
  const policyKey = policyKeys.find((each) => each.toLowerCase() === given.toLowerCase());
  if (policyKey !== undefined) return policyKey;
  throw new HubError(
    "InvalidPolicyKey",
    `policyKey must be one of ${policyKeys.join(", ")}, got '${given.slice(0, 40)}'.`,
  );
}

function readDevices(body: Fields): Identity[] {
  const devices = body.list("devices") ?? [];
  if (devices.length < 1 || devices.length > maxDevices) {
    throw new HubError(
      "ArgumentInvalid",
      `devices must have 1 to ${maxDevices} items, got ${devices.length}.`,
    );
  }
  return devices.map((each) => {
    const deviceId = each.text("id") ?? "";
    const moduleId = each.text("moduleId");
    return moduleId ? { deviceId, moduleId } : { deviceId };
  });
}

function namesOf({ deviceId, moduleId }: Identity): { readonly id: string; readonly moduleId?: string } {
  return { id: deviceId, ...(moduleId === undefined ? {} : { moduleId }) };
}
