import { join } from "node:path";
import { createOutbox } from "@isohub/core/outbox";
import type { ControlClient } from "@isohub/emulator/control-client";
import { createMemoryHub, type MemoryHub } from "@isohub/emulator/web";
import { fileOutboxStore } from "@isohub/node/outbox";
import { freshId } from "../../device.ts";
import { fileFolder } from "../../files.ts";
import type { Fixtures } from "../../fixtures.ts";
import { extendHub, type TestHub } from "../../test-hub.ts";

/** Creates the fixtures of clients and a hub in one program. */
export function memoryFixtures(): Fixtures {
  const hub = createMemoryHub();
  const folder = fileFolder();
  const { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient, engine } = hub;
  return {
    runtime: "memory",
    features: new Set(["tcp"]),
    clients: { IoTHubDeviceClient, IoTHubModuleClient, ProvisioningDeviceClient },
    transport: "memory",
    hubTransport: "ws",
    engine,
    hub: testHubOf(hub),
    connectOptions: { engine },
    newStorage: () => new Map(),
    outbox: {
      createOutbox,
      newStore() {
        const path = join(folder, freshId("outbox"));
        return () => fileOutboxStore(path);
      },
    },
  };
}

/** The hub with the methods of its control client: each returns a promise. */
function testHubOf(hub: MemoryHub): TestHub {
  const remote = <Methods extends object>(methods: Methods): Methods =>
    new Proxy(methods, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        return typeof value === "function"
          ? async (...args: unknown[]) => Reflect.apply(value, target, args)
          : value;
      },
    });
  const client = {
    ...remote({ ...hub }),
    faults: remote(hub.faults),
    async events(_identity: string | undefined, { signal }: { signal?: AbortSignal } = {}) {
      return hub.events(signal === undefined ? {} : { signal });
    },
  };
  return {
    ...extendHub(client as unknown as ControlClient),
    policyConnectionString: async () => hub.serviceConnectionString,
    provisioning: async () => ({ host: hub.hostName, idScope: hub.idScope }),
  };
}
