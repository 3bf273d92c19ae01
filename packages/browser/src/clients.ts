import * as core from "@isohub/core";
import type { Platform } from "@isohub/core/runtime";
import { browserPlatform } from "./platform.ts";

/** A device client in a page: telemetry, cloud-to-device messages, direct methods, the device twin and file uploads. */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: Platform = browserPlatform;
}

/** A module client in a page: inputs, outputs, direct methods and the module twin. */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: Platform = browserPlatform;
}

/** A client in a page that registers a device with the Device Provisioning Service. */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: Platform = browserPlatform;
}
