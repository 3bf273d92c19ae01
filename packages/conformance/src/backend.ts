import type { ClientOptions } from "@isohub/core";
import { decodeSymmetricKey, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";
import { freshId, hostOf, keyOf } from "./device.ts";
import type { Fixtures } from "./fixtures.ts";

/** A device or module whose key is in a backend, not in its client. */
export interface Backend {
  readonly deviceId: string;
  /** Signs a token. @param seconds - its lifetime @param path - another device or module */
  sign(seconds: number, path?: string): Promise<string>;
  /** The options for a client without a connection string. */
  readonly options: ClientOptions;
}

/** Creates a device, or a module if it has an id. */
export async function createBackend(
  { hub, connectOptions }: Fixtures,
  moduleId?: string,
  deviceId: string = freshId(),
): Promise<Backend> {
  const device = await hub.createDevice(deviceId);
  const module = moduleId === undefined ? undefined : await hub.createModule(deviceId, moduleId);
  const { connectionString } = module ?? device;
  const signer = symmetricKeySigner(decodeSymmetricKey(keyOf(connectionString)), hmacSha256);
  const gatewayHostname = hostOf(connectionString);
  const hostName = gatewayHostname.replace(/^ws:\/\/|:\d+$/g, "");
  const ownPath = moduleId === undefined ? deviceId : `${deviceId}/modules/${moduleId}`;
  return {
    deviceId,
    sign: (seconds, path = ownPath) =>
      signSasToken(signer, `${hostName}/devices/${path}`, Math.floor(Date.now() / 1000) + seconds),
    options: { ...connectOptions, gatewayHostname, retryPolicy: () => 50 },
  };
}
