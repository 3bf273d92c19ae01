import * as core from "@isohub/core";
import { denoPlatform } from "./platform.ts";

/** {@inheritDoc @isohub/core!IoTHubDeviceClient} */
export class IoTHubDeviceClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubDeviceClient<T> {
  protected static override readonly platform: core.Platform = denoPlatform;
}

/** {@inheritDoc @isohub/core!IoTHubModuleClient} */
export class IoTHubModuleClient<
  T extends core.TwinShape = core.UntypedTwin,
> extends core.IoTHubModuleClient<T> {
  protected static override readonly platform: core.Platform = denoPlatform;
}

/** {@inheritDoc @isohub/core!ProvisioningDeviceClient} */
export class ProvisioningDeviceClient extends core.ProvisioningDeviceClient {
  protected static override readonly platform: core.Platform = denoPlatform;
}
