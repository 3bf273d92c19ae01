import {
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
  webStorage,
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
    // Another end point of the same hub: to a page that is another hub.
    pastIdentityLock: (connectionString) =>
      `${connectionString};GatewayHostName=${/HostName=([^;]+)/.exec(connectionString)?.[1]?.replace("localhost", "127.0.0.1")}`,
    connectOptions: { engine },
    newStorage: () => webStorage(),
  };
}
