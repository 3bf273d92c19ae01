import type { ControlClient } from "@isohub/emulator/control-client";
import { createMemoryHub, type MemoryHub } from "@isohub/emulator/web";
import type { HubSource } from "./hub-access.ts";

/** A hub in this page, without a server. It has no file uploads and no REST API. */
export function memoryHubSource(): HubSource {
  const hub = createMemoryHub({ telemetryLimit: 10_000 });
  const { IoTHubDeviceClient, IoTHubModuleClient } = hub;
  return {
    client: asControlClient(hub),
    clients: { IoTHubDeviceClient, IoTHubModuleClient },
    isInPage: true,
  };
}

/** Makes the methods of a hub in the page those of a control client: each returns a promise. */
function asControlClient(hub: MemoryHub): ControlClient {
  const info = {
    hostName: hub.hostName,
    idScope: hub.idScope,
    provisioningConnectionString: "",
    serviceConnectionString: "in this page",
  };
  return {
    ...remote(hub),
    url: "memory:",
    faults: remote(hub.faults),
    info: async () => info,
    events: async () => hub.events(),
    uploads: async () => [],
    // The operations that need HTTP or certificates have no button in the page.
  } as unknown as ControlClient;
}

function remote(methods: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(methods).flatMap(([name, method]) =>
      typeof method === "function" && !name.endsWith("Client")
        ? [[name, async (...args: unknown[]) => Reflect.apply(method, methods, args)]]
        : [],
    ),
  );
}
