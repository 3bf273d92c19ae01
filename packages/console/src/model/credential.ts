import {
  type ClientOptions,
  deriveDeviceKey,
  IoTHubDeviceClient,
  type IoTHubModuleClient,
} from "@isohub/browser";
import type { HubAccess } from "./hub-access.ts";

/** The hub of devices, and the proof of their identity. Kept in memory only: no export contains it. */
export type Credential =
  | { readonly kind: "local" }
  | { readonly kind: "connectionString"; readonly connectionString: string }
  | { readonly kind: "sasToken"; readonly token: string }
  | { readonly kind: "tokenBroker"; readonly url: string }
  | {
      readonly kind: "provisioning";
      readonly host: string;
      readonly idScope: string;
      readonly groupKey: string;
    };

/** The kind of a credential. */
export type CredentialKind = Credential["kind"];

/** Reads the device id from what was pasted, if it contains one. */
export function deviceIdIn(credential: Credential): string | undefined {
  if (credential.kind === "connectionString")
    return /(?:^|;)DeviceId=([^;]+)/i.exec(credential.connectionString)?.[1];
  if (credential.kind !== "sasToken") return undefined;
  const scope = /[?& ]sr=([^&]+)/.exec(credential.token)?.[1];
  return scope === undefined ? undefined : /\/devices\/([^/]+)/.exec(decodeURIComponent(scope))?.[1];
}

/** The client of a device or module. */
export type Client = IoTHubDeviceClient | IoTHubModuleClient;

/**
 * Creates the client of a device, or of a module as `device/module`. On the local hub, registers it first if it doesn't exist.
 */
export async function createClient(
  hub: HubAccess,
  deviceId: string,
  credential: Credential,
  options: ClientOptions,
): Promise<Client> {
  if (credential.kind === "local") {
    const { pageConnectionString } = await hub.register(deviceId);
    const isModule = deviceId.includes("/");
    const factory = isModule ? hub.clients.IoTHubModuleClient : hub.clients.IoTHubDeviceClient;
    return factory.createFromConnectionString(pageConnectionString, options);
  }
  if (credential.kind === "connectionString") {
    return IoTHubDeviceClient.createFromConnectionString(credential.connectionString.trim(), options);
  }
  if (credential.kind === "sasToken")
    return IoTHubDeviceClient.createFromSastoken(credential.token.trim(), options);
  if (credential.kind === "tokenBroker") {
    return IoTHubDeviceClient.createFromTokenProvider({ url: credential.url.trim(), deviceId }, options);
  }
  const { host, idScope, groupKey } = credential;
  return IoTHubDeviceClient.createFromProvisioning(
    {
      provisioningHost: host,
      registrationId: deviceId,
      idScope,
      symmetricKey: await deriveDeviceKey(groupKey, deviceId),
    },
    options,
  );
}
