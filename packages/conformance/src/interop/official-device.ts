import { type EventEmitter, on } from "node:events";
import type { Emulator, HubEventOf, HubEventType } from "@isohub/emulator";
import { Client, type DeviceClientOptions, type Message } from "azure-iot-device";
import type { Mqtt, MqttWs } from "azure-iot-device-mqtt";
import { onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { withoutPort } from "./official-hub.ts";

/** What a suite runs with: a hub and one of the two transports. */
export interface Fixtures {
  readonly hub: Emulator;
  readonly Transport: typeof Mqtt | typeof MqttWs;
  /** How the hub calls that transport. */
  readonly transport: "tls" | "wss";
}

/** A device of the hub, driven by the official client. */
export interface OfficialDevice {
  readonly deviceId: string;
  readonly connectionString: string;
  readonly client: Client;
}

/** Registers a device and makes a client for it that is closed at the end of the test. It has not connected. */
export async function createDevice(
  fixtures: Fixtures,
  options: DeviceClientOptions = {},
  deviceId: string = freshId(),
): Promise<OfficialDevice> {
  const created = await fixtures.hub.createDevice(deviceId);
  const connectionString = withoutPort(created.connectionString);
  return { deviceId, connectionString, client: await createClient(fixtures, connectionString, options) };
}

/** A client for a device that is there already. */
export function createClient(
  fixtures: Fixtures,
  connectionString: string,
  options: DeviceClientOptions = {},
): Promise<Client> {
  return prepared(fixtures, Client.fromConnectionString(connectionString, fixtures.Transport), options);
}

/** A client that has nothing but a token. */
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

/** What an emitter emits from now on under a name, one after the other. */
export function inbox<T>(emitter: EventEmitter, name: string): () => Promise<T> {
  const values = on(emitter, name);
  return async () => {
    const { value } = (await values.next()) as { value: [T] };
    return value[0];
  };
}

/** The properties of a message that came down. */
export function propertiesOf({ properties }: Message): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: properties.count() }, (_, at) => properties.getItem(at)).map(({ key, value }) => [
      key,
      value,
    ]),
  );
}

/** Resolves with the first event of a device from now on that has this type and fits. */
export function hubEvent<Type extends HubEventType>(
  hub: Emulator,
  deviceId: string,
  type: Type,
  fits: (event: HubEventOf<Type>) => boolean = () => true,
): Promise<HubEventOf<Type>> {
  return new Promise((resolve) => {
    const stop = hub.on((event) => {
      if (event.deviceId !== deviceId || event.type !== type || !fits(event as HubEventOf<Type>)) return;
      stop();
      resolve(event as HubEventOf<Type>);
    });
    onTestFinished(stop);
  });
}

/** Resolves once the hub has granted a topic filter that ends like this. */
export async function subscribed(hub: Emulator, deviceId: string, filterEnd: string): Promise<void> {
  await hubEvent(hub, deviceId, "subscribed", ({ filter }) => filter.endsWith(filterEnd));
}
