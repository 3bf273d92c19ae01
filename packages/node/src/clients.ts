import * as core from "@isohub/core";
import type { Platform } from "@isohub/core/runtime";
import { nodePlatform } from "./platform.ts";

/** A device of an IoT hub, on Node: telemetry, cloud-to-device messages, direct methods, its twin and file uploads. */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: Platform = nodePlatform;
}

/** A module of a device, on Node: inputs, outputs, direct methods and its twin. */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: Platform = nodePlatform;
}

/** Registers a device with the Device Provisioning Service, on Node. */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: Platform = nodePlatform;
}
