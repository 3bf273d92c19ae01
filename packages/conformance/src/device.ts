import {
  type ClientOptions,
  type ClientState,
  type ConnectionString,
  type IoTHubDeviceClient,
  type IoTHubModuleClient,
  type IsoHubError,
  parseConnectionString,
} from "@isohub/core";
import { onTestFinished } from "vitest";
import type { Fixtures } from "./fixtures.ts";

let created = 0;

/** A client that is shut down at the end of its test. */
export interface TestClient<Client> {
  readonly client: Client;
  /** The errors that it has reported to `onBackgroundException`. */
  readonly background: IsoHubError[];
}

/** A device that only one test uses. */
export interface TestDevice extends TestClient<IoTHubDeviceClient> {
  readonly deviceId: string;
  readonly connectionString: string;
}

/** A module that only one test uses. */
export interface TestModule extends TestClient<IoTHubModuleClient> {
  readonly deviceId: string;
  readonly moduleId: string;
  /** `device/module`. */
  readonly identity: string;
}

/** The options of a client in a test. */
export interface TestOptions extends ClientOptions {
  /** Whether the client retries as it does by default. Otherwise it retries quickly: waiting longer would prove nothing. */
  readonly defaultRetries?: boolean;
}

/** A retry policy for tests that lose connections on purpose. */
export const quickRetries = (attempt: number): number => Math.min(20 * attempt, 500);

/** The options of a method call to a device that may be reconnecting: the hub waits as long as it can. */
export const untilConnected = { connectTimeoutInSeconds: 300 } as const;

/** Returns an id that no other test uses. */
export function freshId(prefix = "device"): string {
  created += 1;
  return `${prefix}-${created}-${Math.random().toString(36).slice(2, 8)}`;
}

/** Returns the host, and the port if there is one, that a connection string leads to. */
export function hostOf(connectionString: string): string {
  return parseConnectionString(connectionString).HostName ?? "";
}

/** Returns the key in a connection string. */
export function keyOf(connectionString: string): string {
  return parseConnectionString(connectionString).SharedAccessKey ?? "";
}

/** Replaces parts of a connection string. */
export function withParts(connectionString: string, parts: ConnectionString): string {
  return Object.entries({ ...parseConnectionString(connectionString), ...parts })
    .map((part) => part.join("="))
    .join(";");
}

/** Shuts a client down at the end of the test, without a deadline: the one that the test has set may be too short. */
export function shutDownAtEnd<Client extends { shutdown(options: { timeoutMs: number }): Promise<void> }>(
  client: Client,
): Client {
  onTestFinished(() => client.shutdown({ timeoutMs: Number.POSITIVE_INFINITY }));
  return client;
}

/** Returns the next state of a client with a status, even if the client leaves it at once. */
export async function nextState(
  client: IoTHubDeviceClient,
  status: ClientState["status"],
): Promise<ClientState> {
  for await (const state of client.connectionStates()) if (state.status === status) return state;
  throw new Error(`The client was shut down before it was ${status}`);
}

/** Collects what a client reports, and shuts it down at the end of the test. */
export function underTest<Client extends IoTHubDeviceClient | IoTHubModuleClient>(
  client: Client,
): TestClient<Client> {
  const background: IsoHubError[] = [];
  client.onBackgroundException = (error) => void background.push(error);
  return { client: shutDownAtEnd(client), background };
}

/** Creates a device and a client for it. */
export async function createDevice(
  fixtures: Fixtures,
  options: TestOptions = {},
  deviceId: string = freshId(),
): Promise<TestDevice> {
  const { connectionString } = await fixtures.hub.createDevice(deviceId);
  return { deviceId, connectionString, ...createClient(fixtures, connectionString, options) };
}

/** Creates a client for a device that exists. */
export function createClient(
  fixtures: Fixtures,
  connectionString: string,
  options: TestOptions = {},
): TestClient<IoTHubDeviceClient> {
  const { IoTHubDeviceClient } = fixtures.clients;
  const resolved = resolveOptions(fixtures, options);
  return underTest(IoTHubDeviceClient.createFromConnectionString(connectionString, resolved));
}

/** Creates a module and a client for it; its device, too, unless it exists. */
export async function createModule(
  fixtures: Fixtures,
  options: TestOptions = {},
  { deviceId, moduleId = "module-1" }: { deviceId?: string; moduleId?: string } = {},
): Promise<TestModule> {
  const { hub, clients } = fixtures;
  const id = deviceId ?? freshId();
  if (deviceId === undefined) await hub.createDevice(id);
  const { connectionString } = await hub.createModule(id, moduleId);
  const resolved = resolveOptions(fixtures, options);
  const client = clients.IoTHubModuleClient.createFromConnectionString(connectionString, resolved);
  return { identity: `${id}/${moduleId}`, deviceId: id, moduleId, ...underTest(client) };
}

function resolveOptions(
  { connectOptions }: Fixtures,
  { defaultRetries = false, ...options }: TestOptions,
): ClientOptions {
  return { ...(defaultRetries ? {} : { retryPolicy: quickRetries }), ...connectOptions, ...options };
}
