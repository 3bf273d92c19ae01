import type { ClientOptions } from "@isohub/core";
import { decodeSymmetricKey, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import { freshId } from "./device.ts";
import type { Fixtures } from "./fixtures.ts";

/** A device or module whose key is with a backend, and not with its client. */
export interface Backend {
  readonly deviceId: string;
  /** Signs a token, for this device or another one. @param seconds - how long it lives */
  sign(seconds: number, path?: string): Promise<string>;
  /** What a client without the connection string needs to reach the hub. */
  readonly options: ClientOptions;
}

export async function createBackend({ hub, connectOptions }: Fixtures, moduleId?: string): Promise<Backend> {
  const deviceId = freshId();
  const device = await hub.createDevice(deviceId);
  const module = moduleId === undefined ? undefined : await hub.createModule(deviceId, moduleId);
  const { connectionString } = module ?? device;
  const part = (name: string): string => new RegExp(`${name}=([^;]+)`).exec(connectionString)?.[1] ?? "";
  const signer = symmetricKeySigner(decodeSymmetricKey(part("SharedAccessKey")), hmacSha256);
  const gatewayHostname = part("HostName");
  const hostName = gatewayHostname.replace(/^ws:\/\/|:\d+$/g, "");
  const own = moduleId === undefined ? deviceId : `${deviceId}/modules/${moduleId}`;
  return {
    deviceId,
    sign: (seconds, path = own) =>
      signSasToken(signer, `${hostName}/devices/${path}`, Math.floor(Date.now() / 1000) + seconds),
    options: { ...connectOptions, gatewayHostname, retryPolicy: () => 50 },
  };
}
