import * as core from "@isohub/core";
import type { Platform } from "@isohub/core/runtime";
import { nodePlatform } from "./platform.ts";

/** A device client on Node: telemetry, cloud-to-device messages, direct methods, the device twin and file uploads. */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: Platform = nodePlatform;
}

/** A module client on Node: inputs, outputs, direct methods and the module twin. */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: Platform = nodePlatform;
}

/** A client on Node that registers a device with the Device Provisioning Service. */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: Platform = nodePlatform;
}
