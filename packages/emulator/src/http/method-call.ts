import type { Hub } from "../hub/hub.ts";
import type { Identity } from "../hub/identities/identity.ts";
import type { MethodCall, MethodResult } from "../hub/methods.ts";
import { requireObject } from "./body.ts";

/**
 * Calls a method with the body of a request.
 *
 * @throws {HubError} IotHubFormatError, DeviceNotFound, ModuleNotFound, and as {@link Hub.methods}
 */
export function invokeMethod(hub: Hub, target: Identity, body: unknown): Promise<MethodResult> {
  const call = readMethodCall(body);
  hub.registry.require(target);
  return hub.methods.invoke(target, call);
}

/** Reads the call of a method. Its name and time-outs are checked by the call. @throws {HubError} IotHubFormatError */
export function readMethodCall(body: unknown): MethodCall {
  const { methodName, payload, responseTimeoutInSeconds, connectTimeoutInSeconds } = requireObject(body);
  const seconds = (value: unknown): number => (typeof value === "number" ? value : Number.NaN);
  return {
    methodName: typeof methodName === "string" ? methodName : "",
    payload,
    ...(responseTimeoutInSeconds == null
      ? {}
      : { responseTimeoutInSeconds: seconds(responseTimeoutInSeconds) }),
    ...(connectTimeoutInSeconds == null ? {} : { connectTimeoutInSeconds: seconds(connectTimeoutInSeconds) }),
  };
}
