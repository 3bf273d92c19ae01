import * as core from "@isohub/core";
import { nodePlatform } from "./platform.ts";

/** {@inheritDoc @isohub/core!IoTHubDeviceClient} */
export class IoTHubDeviceClient<
  T extends core.TwinShape = { desired: core.TwinPatch; reported: core.TwinPatch },
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: core.Platform = nodePlatform;
}
