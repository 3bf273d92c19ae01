import type { HubEventType, HubOptions, SessionInfo } from "@isohub/emulator";
import { type ControlClient, createControlClient } from "@isohub/emulator/control-client";
import { onTestFinished } from "vitest";

/** The control client of a hub, with what only tests need. Its connection strings lead where the tested runtime can go. */
export type TestHub = ControlClient & {
  /** Returns a connection string with the policy `iothubowner`, as backends use it. */
  policyConnectionString(): Promise<string>;
  /** Returns the host of the provisioning service, and the id scope. */
  provisioning(): Promise<{ host: string; idScope: string }>;
  /** Opens another hub with the same provisioning service. It closes when the test finishes. */
  openHub(name: string, options?: HubOptions): Promise<TestHub>;
  /** Checks whether a device is registered. */
  hasDevice(deviceId: string): Promise<boolean>;
  /** Lists the open connections of a device or module. */
  sessionsOf(identity: string): Promise<SessionInfo[]>;
  /** Counts the events of a type from now on. Returns a function that returns how many have occurred when it is called. */
  countEvents(type: HubEventType, deviceId: string): Promise<() => Promise<number>>;
};

/**
 * Creates the control client of a hub.
 *
 * @param controlUrl - `http://host:port/control`
 * @param hostName - replaces the `HostName` of connection strings
 */
export function testHub(controlUrl: string, hostName?: string): TestHub {
  return extendHub(createControlClient(controlUrl), hostName);
}

/** Adds what only tests need to the control client of a hub. @param hostName - replaces the `HostName` of connection strings */
export function extendHub(client: ControlClient, hostName?: string): TestHub {
  const redirect = (connectionString: string): string =>
    hostName === undefined
      ? connectionString
      : connectionString.replace(/^HostName=[^;]+/, `HostName=${hostName}`);
  const redirected = <Registered extends { connectionString: string }>(
    registered: Registered,
  ): Registered => ({
    ...registered,
    connectionString: redirect(registered.connectionString),
  });
  return {
    ...client,
    createDevice: async (...parameters) => redirected(await client.createDevice(...parameters)),
    createModule: async (...parameters) => redirected(await client.createModule(...parameters)),
    policyConnectionString: async () => redirect((await client.info()).serviceConnectionString),
    async provisioning() {
      const { hostName: ownName, endpoints, idScope } = await client.info();
      return { host: hostName ?? `${ownName}:${endpoints.provisioning.port}`, idScope };
    },
    async openHub(name, options) {
      const { endpoints } = await client.createHub(name, options);
      onTestFinished(() => client.closeHub(name));
      return testHub(endpoints.controlUrl);
    },
    async hasDevice(deviceId) {
      return (await client.listDevices()).some((device) => device.deviceId === deviceId);
    },
    async sessionsOf(identity) {
      return (await client.sessions()).filter(({ clientId }) => clientId === identity);
    },
    countEvents: (type, deviceId) => countEvents(client, type, deviceId),
  };
}

async function countEvents(
  client: ControlClient,
  type: HubEventType,
  deviceId: string,
): Promise<() => Promise<number>> {
  const stop = new AbortController();
  // A page can have six connections to a server; each that stays open is one fewer.
  onTestFinished(() => stop.abort());
  const events = await client.events(undefined, { signal: stop.signal });
  const fences = new Map<string, () => void>();
  let count = 0;
  const reading = (async () => {
    for await (const event of events) {
      if (event.type === type && event.deviceId === deviceId) count += 1;
      if (event.type === "deviceCreated") fences.get(event.deviceId)?.();
    }
  })();
  reading.catch(() => {});
  return async () => {
    // Events are in order: when this one arrives, all before it have arrived.
    const fence = `fence-${crypto.randomUUID()}`;
    const passed = new Promise<void>((resolve) => fences.set(fence, resolve));
    await client.createDevice(fence);
    await Promise.race([passed, reading]);
    await client.deleteDevice(fence);
    return count;
  };
}
