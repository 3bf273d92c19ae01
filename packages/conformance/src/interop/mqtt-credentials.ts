import type { Emulator } from "@isohub/emulator";
import { freshId } from "../device.ts";
import { signDeviceToken } from "../device-token.ts";

/** The credentials of a device for a plain MQTT client. */
export interface MqttCredentials {
  readonly deviceId: string;
  readonly userName: string;
  readonly password: string;
}

/** Creates a device of a hub without a port in its name, and signs a token for it. */
export async function createMqttDevice(hub: Emulator): Promise<MqttCredentials> {
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  return {
    deviceId,
    userName: `${hub.hostName}/${deviceId}/?api-version=2021-04-12`,
    password: await signDeviceToken(connectionString, hub.hostName),
  };
}
