import {
  ArgumentError,
  type ClientOptions,
  deriveDeviceKey,
  type IoTHubDeviceClient,
  type IoTHubModuleClient,
  parseConnectionString,
} from "@isohub/core";
import { defaults } from "../document/defaults.ts";
import type { ConnectionSource, Group } from "../document/scenario.ts";
import type { LocalHub } from "../hub/local-hub.ts";
import type { SimulatedIdentity } from "../plan/identity.ts";
import type { SimulatorPlatform } from "./platform.ts";
import { type Credentials, readCredentials, type Secrets } from "./secrets.ts";

/** A client of a simulated device or module. */
export type SimulatedClient = IoTHubDeviceClient | IoTHubModuleClient;

/** Creates the client of a device or module, with the options of the simulation. */
export type CreateClient = (options: ClientOptions) => SimulatedClient;

/** Creates the clients of devices, with the identities and credentials that their groups specify. */
export class ClientSource {
  readonly #platform: SimulatorPlatform;
  readonly #secrets: Secrets;
  readonly #hub: LocalHub | undefined;
  readonly #credentials = new Map<Group, Credentials>();
  #ca: Promise<string> | undefined;

  constructor(platform: SimulatorPlatform, secrets: Secrets, hub: LocalHub | undefined) {
    this.#platform = platform;
    this.#secrets = secrets;
    this.#hub = hub;
  }

  /**
   * Reads all secrets, and checks that there is a local hub if a group uses it, before anything connects.
   *
   * @throws {ArgumentError} `invalid_argument`
   */
  check(groups: readonly Group[]): void {
    for (const group of groups) {
      const credentials = readCredentials(group, this.#secrets);
      if (credentials !== undefined) this.#credentials.set(group, credentials);
      else if (this.#hub === undefined)
        throw new ArgumentError(
          "invalid_argument",
          "hub must be a local hub, because a group connects to it, got nothing",
        );
    }
  }

  /** Prepares the clients of a device and its modules, in this order. Registers those of the local hub. */
  async clientsOf(identities: readonly SimulatedIdentity[]): Promise<CreateClient[]> {
    const [device] = identities;
    if (device === undefined) return [];
    const connect: ConnectionSource = device.group.connect ?? { from: "localHub" };
    const { connectionStrings = [], key = "" } = this.#credentials.get(device.group) ?? {};
    switch (connect.from) {
      case "localHub":
        return this.#atLocalHub(device.deviceId, identities);
      case "connectionString":
        return [this.#fromString(connectionStrings[device.numberInGroup - 1] ?? "", device)];
      case "policy": {
        const policy = parseConnectionString(connectionStrings[0]);
        return identities.map((each) => this.#fromString(policyString(policy, each), each));
      }
      case "provisioning": {
        const symmetricKey = await deriveDeviceKey(key, device.deviceId);
        const { idScope, host: provisioningHost = defaults.provisioningHost } = connect;
        const provisioning = { provisioningHost, idScope, registrationId: device.deviceId, symmetricKey };
        return [(options) => this.#platform.IoTHubDeviceClient.createFromProvisioning(provisioning, options)];
      }
    }
  }

  async #atLocalHub(deviceId: string, identities: readonly SimulatedIdentity[]): Promise<CreateClient[]> {
    const hub = this.#hub;
    if (hub === undefined) return [];
    const moduleIds = identities.flatMap(({ moduleId }) => moduleId ?? []);
    const strings = await hub.register(deviceId, moduleIds);
    const isTls = this.#platform.localTransport === "tls";
    this.#ca ??= (this.#platform.trustsLocalHub ?? isTls) ? hub.ca() : undefined;
    const ca = await this.#ca;
    const trust: ClientOptions = ca === undefined ? {} : { serverVerificationCert: ca };
    return strings.flatMap(({ connectionString, pageConnectionString }, index) => {
      const identity = identities[index];
      return identity === undefined
        ? []
        : [this.#fromString(isTls ? connectionString : pageConnectionString, identity, trust)];
    });
  }

  #fromString(
    connectionString: string,
    { moduleId }: SimulatedIdentity,
    more: ClientOptions = {},
  ): CreateClient {
    const { IoTHubDeviceClient, IoTHubModuleClient } = this.#platform;
    const factory = moduleId === undefined ? IoTHubDeviceClient : IoTHubModuleClient;
    return (options) => factory.createFromConnectionString(connectionString, { ...options, ...more });
  }
}

function policyString(
  policy: ReturnType<typeof parseConnectionString>,
  { deviceId, moduleId }: SimulatedIdentity,
): string {
  const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
  return `HostName=${policy["HostName"]};DeviceId=${deviceId}${module};SharedAccessKeyName=${policy["SharedAccessKeyName"]};SharedAccessKey=${policy["SharedAccessKey"]}`;
}
