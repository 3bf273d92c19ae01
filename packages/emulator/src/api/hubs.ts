import type { EmulatorOptions } from "../options.ts";

/** Where a further hub of an emulator listens. */
export type HubOptions = Pick<EmulatorOptions, "host" | "hostName" | "port" | "plainPort" | "officialPorts">;

/** The hubs of an emulator: devices can be assigned to any of them, and moved. */
export interface EmulatorHubs<Hub> {
  /**
   * Opens a further hub, with devices, ports, faults and a control API of its own. The provisioning service and the
   * certificate authority are those of the emulator. It ends with its own `close()`, or with that of the first hub.
   *
   * @param name - what the `hubs` of enrollments call it
   * @param options - free ports at the address of the first hub when left out; a hub at another address may have the
   * official ports as well
   * @throws {HubError} ArgumentInvalid for a name that is taken or has other characters than letters, digits and `-`
   * @throws {Error} with `code`, such as `EADDRINUSE`, when it cannot listen there
   */
  createHub(name: string, options?: HubOptions): Promise<Hub>;
  /** Every hub by its name, the first one first. */
  hubs(): ReadonlyMap<string, Hub>;
  /**
   * Moves a device: it is assigned to this hub as soon as it registers again, whatever its enrollment says, and at its
   * old hub it is disabled until then. Its twin goes along, unless the policy of the enrollment is `reset`; with `never`
   * it is assigned as before.
   *
   * @throws {HubError} EnrollmentNotFound when it has not been registered; ArgumentInvalid when there is no such hub
   */
  moveDevice(registrationId: string, hubName: string): Promise<void>;
}
