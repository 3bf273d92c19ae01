import {
  type ClientOptions,
  deriveDeviceKey,
  IoTHubDeviceClient,
  type IoTHubModuleClient,
} from "@isohub/browser";
import type { HubAccess } from "../hub/hub-access.ts";

/** The hub of devices, and the proof of their identity. Kept in memory only: no export contains it. */
export type Credential =
  | { readonly kind: "local" }
  | { readonly kind: "connectionString"; readonly connectionString: string }
  | { readonly kind: "sasToken"; readonly token: string; readonly address: string }
  | {
      readonly kind: "tokenBroker";
      readonly url: string;
      /** The JWT of the user, or an empty string for a broker that requires none. */
      readonly accessToken: string;
      readonly address: string;
    }
  | {
      readonly kind: "provisioning";
      readonly host: string;
      readonly idScope: string;
      readonly groupKey: string;
    };

/** The kind of a credential. */
export type CredentialKind = Credential["kind"];

/** The hub and device that a SAS token is for. */
export interface TokenScope {
  readonly hostName: string;
  readonly deviceId: string;
}

/** Reads the scope of a SAS token, if it is the token of a device. */
export function scopeOf(token: string): TokenScope | undefined {
  const scope = /[?& ]sr=([^&]+)/.exec(token)?.[1];
  const [, hostName, deviceId] = /^([^/:]+)(?::\d+)?\/devices\/([^/]+)/.exec(decoded(scope ?? "")) ?? [];
  return hostName === undefined || deviceId === undefined ? undefined : { hostName, deviceId };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Reads the device id from a pasted credential, if it contains one. */
export function deviceIdIn(credential: Credential): string | undefined {
  if (credential.kind === "connectionString")
    return /(?:^|;)DeviceId=([^;]+)/i.exec(credential.connectionString)?.[1];
  return credential.kind === "sasToken" ? scopeOf(credential.token)?.deviceId : undefined;
}

/** The client of a device or module. */
export type Client = IoTHubDeviceClient | IoTHubModuleClient;

/**
 * Checks a credential with the rules of the SDK, before anything is sent.
 *
 * @throws {Error} with the field and its rule
 */
export function checkCredential(credential: Credential): void {
  const { kind } = credential;
  if (kind === "connectionString") {
    discard(IoTHubDeviceClient.createFromConnectionString(credential.connectionString));
  } else if (kind === "sasToken") {
    checkAddress(credential.address);
    discard(IoTHubDeviceClient.createFromSastoken(credential.token));
  } else if (kind === "tokenBroker") {
    checkAddress(credential.address);
    if (credential.url === "") throw new Error("The URL of the token broker must not be empty");
  } else if (kind === "provisioning") {
    discard(provisioned("device", credential, credential.groupKey, {}));
  }
}

/** Checks the address of a hub, unless it is empty. */
function checkAddress(address: string): void {
  if (address === "") return;
  try {
    discard(IoTHubDeviceClient.createFromSymmetricKey("AAAA", address, "device"));
  } catch (error) {
    throw new Error(String((error as Error).message).replace(/^hostname/, "The address of the hub"));
  }
}

function discard(client: IoTHubDeviceClient): void {
  void client.shutdown();
}

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
    return IoTHubDeviceClient.createFromConnectionString(credential.connectionString, options);
  }
  if (credential.kind === "provisioning") {
    const key = await deriveDeviceKey(credential.groupKey, deviceId);
    return provisioned(deviceId, credential, key, options);
  }
  const { address } = credential;
  const reached = address === "" ? options : { ...options, gatewayHostname: address };
  if (credential.kind === "sasToken") return IoTHubDeviceClient.createFromSastoken(credential.token, reached);
  const { url, accessToken } = credential;
  const headers = accessToken === "" ? {} : { headers: { authorization: `Bearer ${accessToken}` } };
  return IoTHubDeviceClient.createFromTokenProvider({ url, deviceId, ...headers }, reached);
}

function provisioned(
  registrationId: string,
  { host, idScope }: Extract<Credential, { kind: "provisioning" }>,
  symmetricKey: string,
  options: ClientOptions,
): IoTHubDeviceClient {
  return IoTHubDeviceClient.createFromProvisioning(
    { provisioningHost: host, registrationId, idScope, symmetricKey },
    options,
  );
}
