import {
  decodeSymmetricKey,
  hmacSha256,
  signSasToken,
  symmetricKeySigner,
} from "../packages/core/src/internal.ts";
import { type ClientOptions, IoTHubDeviceClient, parseConnectionString } from "../packages/node/src/index.ts";
import type { TestBed } from "./test-bed.ts";

/** The way in which a client authenticates: with its key, with a token of the application, or after registering. */
export type CellCredential = "key" | "token" | "registration";

/** A device that only one cell uses. */
export interface CellDevice {
  readonly client: IoTHubDeviceClient;
  /** Signs a token that is valid for an hour. */
  newToken(): Promise<string>;
}

/** Creates a device at the hub of a run, and a client that reaches it through a proxy. @param gateway - the host and port of the proxy */
export async function createCellDevice(
  { hub, certificates }: TestBed,
  deviceId: string,
  gateway: string,
  credential: CellCredential,
  options: ClientOptions,
): Promise<CellDevice> {
  const allOptions: ClientOptions = {
    // The storage for uploads has a certificate of the hub.
    serverVerificationCert: `${certificates.ca}\n${hub.ca}`,
    firstConnectionRetry: true,
    ...options,
  };
  if (credential === "registration") {
    const { primaryKey } = await hub.createEnrollment(deviceId, { deviceId });
    const client = IoTHubDeviceClient.createFromProvisioning(
      { provisioningHost: gateway, idScope: hub.idScope, registrationId: deviceId, symmetricKey: primaryKey },
      { ...allOptions, gatewayHostname: gateway },
    );
    return { client, newToken: () => Promise.reject(new Error("The device has no token")) };
  }
  const { connectionString } = await hub.createDevice(deviceId);
  const { HostName = "", SharedAccessKey = "" } = parseConnectionString(connectionString);
  const newToken = (): Promise<string> => {
    const resource = `${HostName.replace(/:\d+$/, "")}/devices/${deviceId}`;
    const signer = symmetricKeySigner(decodeSymmetricKey(SharedAccessKey), hmacSha256);
    return signSasToken(signer, resource, Math.floor(Date.now() / 1000) + 3600);
  };
  const proof =
    credential === "token"
      ? `SharedAccessSignature=${await newToken()}`
      : `SharedAccessKey=${SharedAccessKey}`;
  const client = IoTHubDeviceClient.createFromConnectionString(
    `HostName=${HostName};DeviceId=${deviceId};${proof};GatewayHostName=${gateway}`,
    allOptions,
  );
  return { client, newToken };
}
