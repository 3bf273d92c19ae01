import { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient } from "@isohub/browser";
import type { Fixtures } from "./fixtures.ts";
import { providedPlainHub } from "./provided-hub.ts";

export function browserFixtures(): Fixtures {
  return {
    runtime: "chromium",
    features: new Set(),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    transport: "websockets",
    hubTransport: "ws",
    hub: providedPlainHub().hub,
    connectOptions: {},
  };
}
