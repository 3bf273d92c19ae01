import type { Hub } from "../hub/hub.ts";
import type { MethodCall, MethodResult } from "../hub/methods.ts";

/** The timeouts of a direct method call. */
export type MethodTimeouts = Omit<MethodCall, "methodName" | "payload">;

/** Direct methods of devices and modules. */
export interface EmulatorMethods {
  /**
   * Calls a direct method and resolves with the response of the device or module, regardless of its status.
   *
   * @param payload - any JSON value; defaults to `null`
   * @throws {HubError} DeviceNotFound; ModuleNotFound; DeviceNotOnline; GatewayTimeout; DeviceConnectionClosedRemotely;
   * ArgumentInvalid; MessageTooLarge
   */
  invokeMethod(
    identity: string,
    methodName: string,
    payload?: unknown,
    options?: MethodTimeouts,
  ): Promise<MethodResult>;
}

/** Implements {@link EmulatorMethods} with a hub. */
export function methodsOf({ registry, methods }: Hub): EmulatorMethods {
  return {
    invokeMethod: async (identity, methodName, payload, options = {}) =>
      methods.invoke(registry.named(identity), { ...options, methodName, payload }),
  };
}
