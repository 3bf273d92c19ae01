import {
  IoTHubDeviceClient,
  IoTHubModuleClient,
  type MqttEngine,
  ProvisioningDeviceClient,
  webStorage,
} from "@isohub/browser";
import { createOutbox, indexedDbOutboxStore } from "@isohub/browser/outbox";
import { inject } from "vitest";
import { freshId, hostOf, withParts } from "../../device.ts";
import type { Fixtures } from "../../fixtures.ts";
import { providedPlainHub } from "../../provided-hub.ts";

export function browserFixtures(engine: MqttEngine): Fixtures {
  return {
    runtime: inject("browser"),
    features: new Set(),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    transport: "websockets",
    engine,
    hubTransport: "ws",
    hub: providedPlainHub().hub,
    // Another address of the same hub has another identity lock.
    pastIdentityLock: (connectionString) =>
      withParts(connectionString, {
        GatewayHostName: hostOf(connectionString).replace("localhost", "127.0.0.1"),
      }),
    connectOptions: { engine },
    newStorage: () => webStorage(),
    outbox: {
      createOutbox,
      newStore() {
        const name = freshId("outbox");
        return () => indexedDbOutboxStore(name);
      },
    },
  };
}
