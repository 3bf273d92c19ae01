import type { DeviceType } from "../document/device-type.ts";
import type { Group } from "../document/scenario.ts";

/** A simulated device or module: its ids, and its place in the fleet. */
export interface SimulatedIdentity {
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  /** The number of the device in the scenario, from 0. A module has the number of its device. */
  readonly number: number;
  /** The number of the module in its device, from 1; 0 for the device itself. */
  readonly module: number;
  readonly type: DeviceType;
  readonly group: Group;
  /** The name of the group. */
  readonly groupName: string;
  /** The number of the device in its group, from 1. */
  readonly numberInGroup: number;
}

/** The name of a device or module as the control API has it: `device` or `device/module`. */
export function identityName({
  deviceId,
  moduleId,
}: Pick<SimulatedIdentity, "deviceId" | "moduleId">): string {
  return moduleId === undefined ? deviceId : `${deviceId}/${moduleId}`;
}
