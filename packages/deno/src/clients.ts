import * as core from "@isohub/core";
import type { Platform } from "@isohub/core/runtime";
import { denoPlatform } from "./platform.ts";

/** A device of an IoT hub, on Deno: telemetry, cloud-to-device messages, direct methods, its twin and file uploads. */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: Platform = denoPlatform;
}

/** A module of a device, on Deno: inputs, outputs, direct methods and its twin. */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: Platform = denoPlatform;
}

/** Registers a device with the Device Provisioning Service, on Deno. */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: Platform = denoPlatform;
}
