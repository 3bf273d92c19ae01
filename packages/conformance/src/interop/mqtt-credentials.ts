import { decodeSymmetricKey, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import type { Emulator } from "@isohub/emulator";
import { freshId } from "../device.ts";

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
  const [, key = ""] = /SharedAccessKey=(.*)$/.exec(connectionString) ?? [];
  const signer = symmetricKeySigner(decodeSymmetricKey(key), hmacSha256);
  const expiry = Math.floor(Date.now() / 1000) + 3600;
  return {
    deviceId,
    userName: `${hub.hostName}/${deviceId}/?api-version=2021-04-12`,
    password: await signSasToken(signer, `${hub.hostName}/devices/${deviceId}`, expiry),
  };
}
