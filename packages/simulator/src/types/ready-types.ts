import type { DeviceType } from "../document/device-type.ts";
import { buildingTypes } from "./building-types.ts";
import { energyTypes } from "./energy-types.ts";
import { gatewayTypes } from "./gateway-types.ts";
import { machineTypes } from "./machine-types.ts";
import { movingTypes } from "./moving-types.ts";

/** Types that a scenario can use without declaring them, by name. */
export const readyTypes: Readonly<Record<string, DeviceType>> = {
  ...buildingTypes,
  ...energyTypes,
  ...machineTypes,
  ...movingTypes,
  ...gatewayTypes,
};
