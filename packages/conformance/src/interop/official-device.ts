import { type EventEmitter, on } from "node:events";
import type { Emulator, HubEventOf, HubEventType } from "@isohub/emulator";
import { Client, type DeviceClientOptions, type Message } from "azure-iot-device";
import type { Mqtt, MqttWs } from "azure-iot-device-mqtt";
import { onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { withoutPort } from "./official-hub.ts";

/** The environment of a suite: a hub, and one of the two transports. */
export interface Fixtures {
  readonly hub: Emulator;
  readonly Transport: typeof Mqtt | typeof MqttWs;
  /** The hub's name of the transport. */
  readonly transport: "tls" | "wss";
}

/** A device of the hub with the official client. */
export interface OfficialDevice {
  readonly deviceId: string;
  readonly connectionString: string;
  readonly client: Client;
}

/** Creates a device, and a client for it that is closed at the end of the test. It hasn't connected. */
export async function createDevice(
  fixtures: Fixtures,
  options: DeviceClientOptions = {},
  deviceId: string = freshId(),
): Promise<OfficialDevice> {
  const created = await fixtures.hub.createDevice(deviceId);
  const connectionString = withoutPort(created.connectionString);
  return { deviceId, connectionString, client: await createClient(fixtures, connectionString, options) };
}

/** Creates a client for a device that exists. */
export function createClient(
  fixtures: Fixtures,
  connectionString: string,
  options: DeviceClientOptions = {},
): Promise<Client> {
  return prepared(fixtures, Client.fromConnectionString(connectionString, fixtures.Transport), options);
}

/** Creates a client with only a token. */
export function createClientFromToken(fixtures: Fixtures, token: string): Promise<Client> {
  return prepared(fixtures, Client.fromSharedAccessSignature(token, fixtures.Transport), {});
}

async function prepared({ hub }: Fixtures, client: Client, options: DeviceClientOptions): Promise<Client> {
  onTestFinished(async () => {
    await client.close();
  });
  await client.setOptions({ ca: hub.ca, ...options });
  return client;
}

/** Returns a function that resolves with the next event that an emitter emits, one after the other. */
export function inbox<T>(emitter: EventEmitter, name: string): () => Promise<T> {
  const values = on(emitter, name);
  return async () => {
    const { value } = (await values.next()) as { value: [T] };
    return value[0];
  };
}

/** Returns the properties of a received message. */
export function propertiesOf({ properties }: Message): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: properties.count() }, (_, at) => properties.getItem(at)).map(({ key, value }) => [
      key,
      value,
    ]),
  );
}

/** Resolves with the next event of a device that has a type and matches. */
export function hubEvent<Type extends HubEventType>(
  hub: Emulator,
  deviceId: string,
  type: Type,
  matches: (event: HubEventOf<Type>) => boolean = () => true,
): Promise<HubEventOf<Type>> {
  return new Promise((resolve) => {
    const stop = hub.on((event) => {
      if (event.deviceId !== deviceId || event.type !== type || !matches(event as HubEventOf<Type>)) return;
      stop();
      resolve(event as HubEventOf<Type>);
    });
    onTestFinished(stop);
  });
}

/** Resolves when the hub has granted a topic filter with this end. */
export async function subscribed(hub: Emulator, deviceId: string, filterEnd: string): Promise<void> {
  await hubEvent(hub, deviceId, "subscribed", ({ filter }) => filter.endsWith(filterEnd));
}
