import type { ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/core";
import { onTestFinished } from "vitest";
import type { Fixtures } from "./fixtures.ts";

let made = 0;

/** A device of its own for a test, with a client that is shut down at its end. */
export interface TestDevice {
  readonly deviceId: string;
  readonly connectionString: string;
  readonly client: IoTHubDeviceClient;
  /** Everything that went to the background channel. */
  readonly background: Error[];
}

/** A name that no other test has. */
export function freshId(prefix = "device"): string {
  made += 1;
  return `${prefix}-${made}-${Math.random().toString(36).slice(2, 8)}`;
}

export async function createDevice(
  fixtures: Fixtures,
  options: ClientOptions = {},
  deviceId: string = freshId(),
): Promise<TestDevice> {
  const { connectionString } = await fixtures.hub.createDevice(deviceId);
  return { deviceId, connectionString, ...createClient(fixtures, connectionString, options) };
}

/** A client for a device that is there already. */
export function createClient(
  fixtures: Fixtures,
  connectionString: string,
  options: ClientOptions = {},
): { client: IoTHubDeviceClient; background: Error[] } {
  const client = fixtures.clients.IoTHubDeviceClient.createFromConnectionString(connectionString, {
    // Tests lose connections on purpose; waiting long for the next one would show nothing.
    retryPolicy: (attempt) => Math.min(20 * attempt, 500),
    ...fixtures.connectOptions,
    ...options,
  });
  const background: Error[] = [];
  client.onBackgroundException = (error) => {
    background.push(error);
  };
  onTestFinished(() => client.shutdown());
  return { client, background };
}

/** A module of a device of its own, with a client that is shut down at the end of the test. */
export async function createModule(
  fixtures: Fixtures,
  options: ClientOptions = {},
  { deviceId = freshId(), moduleId = "module-1" }: { deviceId?: string; moduleId?: string } = {},
): Promise<{ identity: string; deviceId: string; client: IoTHubModuleClient; background: Error[] }> {
  // It may be there already, with another module.
  await fixtures.hub.createDevice(deviceId).catch(() => {});
  const { connectionString } = await fixtures.hub.createModule(deviceId, moduleId);
  const client = fixtures.clients.IoTHubModuleClient.createFromConnectionString(connectionString, {
    retryPolicy: (attempt) => Math.min(20 * attempt, 500),
    ...fixtures.connectOptions,
    ...options,
  });
  const background: Error[] = [];
  client.onBackgroundException = (error) => {
    background.push(error);
  };
  onTestFinished(() => client.shutdown());
  return { identity: `${deviceId}/${moduleId}`, deviceId, client, background };
}
