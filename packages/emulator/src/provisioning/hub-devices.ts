import type { JsonObject } from "@isohub/core";
import type { AuthenticationOptions } from "../hub/identities/authentication.ts";
import type { IdentityOptions } from "../hub/identities/registry.ts";
import type { TwinValues } from "../hub/twins/twins.ts";

/** The twin that an assigned device gets. */
export interface AssignedTwin {
  /**
   * `initial` applies to new devices only; `reset` replaces the twin with the initial one; `adopt` replaces it with the twin
   * of another hub.
   */
  readonly how: "initial" | "reset" | "adopt";
  readonly tags?: JsonObject;
  readonly desired?: JsonObject;
  /** Only for `adopt`. */
  readonly reported?: JsonObject;
}

/** A device that the provisioning service assigns to a hub. */
export interface AssignedDevice {
  readonly credentials: AuthenticationOptions;
  readonly twin: AssignedTwin;
}

/**
 * The devices of a hub, as far as the provisioning service needs them. The hub may run in another process. Each method
 * rejects with `ServiceUnavailable` if the hub can't be reached.
 */
export interface HubDevices {
  /** Returns the twin of a device; `undefined` if the hub doesn't have the device. */
  twin(deviceId: string): Promise<TwinValues | undefined>;
  /** Creates a device, or changes its credentials. Returns whether the hub already had it. @throws {HubError} */
  assign(deviceId: string, device: AssignedDevice): Promise<boolean>;
  /** Changes a device if the hub has it. Returns whether it does. @throws {HubError} */
  update(deviceId: string, change: IdentityOptions): Promise<boolean>;
  /** Deletes a device if the hub has it. */
  delete(deviceId: string): Promise<void>;
}
