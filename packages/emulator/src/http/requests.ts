import { decodePercent } from "@isohub/core/internal";
import type { Context } from "hono";
import type { Certificate } from "../certificates/certificate.ts";
import type { Proof } from "../hub/credentials/credentials.ts";
import type { Hub } from "../hub/hub.ts";
import { HubError } from "../hub/hub-error.ts";
import type { Identity } from "../hub/identities/identity.ts";

/** The environment of a device's request: its client certificate, its identity, and the form of its errors. */
export interface DeviceEnv {
  Bindings: { readonly certificates: () => readonly Certificate[] };
  Variables: { identity: Identity; refusal: (error: HubError) => Response };
}

/** The header that names the module which calls a method through its gateway. */
export const callerHeader = "x-ms-edge-moduleid";

/** A request of a device. */
export type DeviceContext = Context<DeviceEnv>;

/**
 * Returns the decoded segments of the path. A plus is a space, as in Python's `quote_plus`; every client encodes a literal
 * plus as `%2B`.
 */
export function segmentsOf(context: { readonly req: { readonly url: string } }): string[] {
  const { pathname } = new URL(context.req.url);
  return pathname
    .slice(1)
    .split("/")
    .map((segment) => decodePercent(segment.replaceAll("+", " ")));
}

/**
 * Checks that a request has an API version.
 *
 * @throws {HubError} InvalidProtocolVersion
 */
export function requireApiVersion(context: DeviceContext): void {
  if (context.req.query("api-version")) return;
  throw new HubError("InvalidProtocolVersion", "The query must have an api-version.");
}

/**
 * Authenticates a request as this identity, and returns the proof.
 *
 * @throws {HubError} IotHubUnauthorized
 */
export async function requireIdentity(hub: Hub, context: DeviceContext, identity: Identity): Promise<Proof> {
  context.set("identity", identity);
  const token = context.req.header("authorization");
  const proof = await hub.authenticate(identity, { token, certificates: context.env.certificates() });
  if ("detail" in proof) throw new HubError("IotHubUnauthorized", `Unauthorized: ${proof.detail}.`);
  return proof;
}

/**
 * Answers with an error as the hub's REST API does: as a string inside an object.
 *
 * @source Answers of IoT Hub that users have published in the issues of the official SDKs
 */
export function hubRefusal(error: HubError): Response {
  return json(
    error.statusCode,
    { Message: JSON.stringify(error.toBody()), ExceptionMessage: "" },
    error.name,
  );
}

/** Answers with an error as the hub does for service clients, which read its name from `Message`. */
export function serviceRefusal(error: HubError): Response {
  const body = {
    Message: `ErrorCode:${error.name};${error.message}`,
    ExceptionMessage: `Tracking ID:${error.trackingId}`,
  };
  return json(error.statusCode, body, error.name);
}

/** Answers with an error as an Edge gateway does. @source IoT Edge `edgeHub`, TwinsController */
export function gatewayRefusal({ statusCode, message }: HubError): Response {
  return json(statusCode, { message });
}

/** Answers with JSON. */
export function json(status: number, body: object, errorName?: string): Response {
  const error = errorName === undefined ? {} : { "iothub-errorcode": errorName };
  const retry = status === 429 ? { "retry-after": "1" } : {};
  const headers = { "content-type": "application/json; charset=utf-8", ...error, ...retry };
  return new Response(JSON.stringify(body), { status, headers });
}
