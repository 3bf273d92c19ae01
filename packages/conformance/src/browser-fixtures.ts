import {
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/browser";
import type { Fixtures } from "./fixtures.ts";
import { providedPlainHub } from "./provided-hub.ts";

export function browserFixtures(engine: MqttEngine): Fixtures {
  return {
    runtime: "chromium",
    features: new Set(),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    transport: "websockets",
    engine,
    hubTransport: "ws",
    hub: providedPlainHub().hub,
    connectOptions: { engine },
  };
}
