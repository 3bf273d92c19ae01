import type { HubOptions } from "../config/options.ts";
import type { JoinedHubInfo } from "../joining/join-records.ts";

/** The hubs of an emulator, which share its provisioning service. */
export interface EmulatorHubs<Hub> {
  /**
   * Opens another hub with its own devices, ports, faults and control API. It shares the provisioning service and the
   * certificate authority of the emulator, and closes with its own `close()` or with the first hub.
   *
   * @param name - as in the `hubs` of enrollments
   * @param options - default to free ports at the address of the first hub; a hub at another address can bind the
   * official ports as well
   * @throws {HubError} ArgumentInvalid if the name is in use, or contains characters other than letters, digits and `-`
   * @throws {Error} with `code`, such as `EADDRINUSE`, if a port can't be bound
   */
  createHub(name: string, options?: HubOptions): Promise<Hub>;
  /** Returns the hubs by name, starting with the first. */
  hubs(): ReadonlyMap<string, Hub>;
  /** Returns the hubs of other processes that have joined with the option `join`, including those that have left. */
  joinedHubs(): JoinedHubInfo[];
  /**
   * Moves a device to another hub: disables it at its current hub, and assigns it to the other one when it registers
   * again, regardless of its enrollment. The twin moves along, unless the reprovision policy is `reset`. With the policy
   * `never`, the device stays at its hub.
   *
   * @throws {HubError} EnrollmentNotFound if the device has never registered; ArgumentInvalid if there is no such hub
   */
  moveDevice(registrationId: string, hubName: string): Promise<void>;
}
