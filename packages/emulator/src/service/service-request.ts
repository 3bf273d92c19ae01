import type { Context, MiddlewareHandler } from "hono";
import { readBody } from "../http/body.ts";
import { segmentsOf } from "../http/requests.ts";
import type { Permission } from "../hub/credentials/policies.ts";
import { type EtagCondition, parseEtagCondition } from "../hub/etag.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import type { Identity } from "../hub/identities/identity.ts";
import { parseJson } from "../hub/json.ts";
import { applyLimits } from "./service-limits.ts";

/** The environment of a service's request: the form of its errors. */
export interface ServiceEnv {
  Variables: { refusal: (error: HubError) => Response };
}

/** A request of a service. */
export type ServiceContext = Context<ServiceEnv>;

/** The newest API version that a client of the service API sends. */
const newestVersion = "2024-03-31";
// A hundred twins of the largest size, as JSON.
const maxBodyBytes = 8 * 1024 * 1024;

/**
 * Lets a request through that has a known API version and a token of a policy with a permission, and is within the limits of
 * the tier.
 *
 * @source IoT Hub documentation, "Control access to IoT Hub by using shared access signatures"
 */
export function permit(hub: Hub, permission: Permission): MiddlewareHandler<ServiceEnv> {
  return async (context, next) => {
    requireKnownVersion(context.req.query("api-version"));
    const token = context.req.header("authorization") ?? "";
    if (/^bearer /i.test(token)) {
      throw new HubError(
        "IotHubUnauthorizedAccess",
        "Unauthorized: Authorization must be a SAS token of a shared access policy, got a Microsoft Entra token.",
      );
    }
    const problem = await hub.authorize(token, permission, segmentsOf(context));
    if (problem !== undefined) throw new HubError("IotHubUnauthorizedAccess", `Unauthorized: ${problem}.`);
    applyLimits(hub, context.req);
    await next();
  };
}

function requireKnownVersion(version: string | undefined): void {
  if (version === undefined || version === "") {
    throw new HubError("InvalidProtocolVersion", "The query must have an api-version.");
  }
  const [, date] = /^(20\d\d-\d\d-\d\d)(-preview)?$/.exec(version) ?? [];
  if (date !== undefined && date <= newestVersion) return;
  throw new HubError(
    "InvalidProtocolVersion",
    `api-version must be a date up to ${newestVersion}, got '${version.slice(0, 40)}'.`,
  );
}

/** Returns the device or module in the path of a request; without one, an identity with an empty id. */
export function identityIn(context: ServiceContext): Identity {
  const [, deviceId = "", kind, moduleId] = segmentsOf(context);
  return kind === "modules" && moduleId ? { deviceId, moduleId } : { deviceId };
}

/** Returns the condition in `If-Match`. */
export function conditionOf(context: ServiceContext): EtagCondition | undefined {
  return parseEtagCondition(context.req.header("if-match"));
}

/**
 * Reads the body as JSON.
 *
 * @param empty - the JSON of an empty body, which isn't valid by default
 * @throws {HubError} IotHubFormatError, MessageTooLarge
 */
export async function readJson(context: ServiceContext, empty?: "null"): Promise<unknown> {
  const bytes = await readBody(context.req.raw, maxBodyBytes);
  try {
    return bytes.length === 0 && empty !== undefined ? null : parseJson(bytes);
  } catch {
    throw new HubError("IotHubFormatError", "The body must be JSON.");
  }
}

/** Answers with an object that has an etag, in the body and as a header. */
export function tagged(body: { readonly etag: string }): Response {
  return Response.json(body, {
    headers: { "content-type": "application/json; charset=utf-8", etag: `"${body.etag}"` },
  });
}

/** Returns the parameter `top`. @throws {HubError} ArgumentInvalid */
export function topOf(context: ServiceContext, max: number): number {
  const top = context.req.query("top");
  if (top === undefined || top === "") return max;
  if (/^\d{1,4}$/.test(top) && Number(top) >= 1 && Number(top) <= max) return Number(top);
  throw new HubError(
    "ArgumentInvalid",
    `top must be an integer from 1 to ${max}, got '${top.slice(0, 40)}'.`,
  );
}
