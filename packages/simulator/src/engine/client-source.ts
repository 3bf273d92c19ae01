import {
  ArgumentError,
  type ClientOptions,
  deriveDeviceKey,
  type IoTHubDeviceClient,
  type IoTHubModuleClient,
  parseConnectionString,
} from "@isohub/core";
import type { ConnectionSource, Group } from "../document/scenario.ts";
import type { SimulatedIdentity } from "./identity.ts";
import type { LocalHub } from "./local-hub.ts";
import type { SimulatorPlatform } from "./platform.ts";

/** A client of a simulated device or module. */
export type SimulatedClient = IoTHubDeviceClient | IoTHubModuleClient;

/** Creates the client of a device or module, with the options of the simulation. */
export type CreateClient = (options: ClientOptions) => SimulatedClient;

/** The values of secrets, by their names in the document. */
export type Secrets = Readonly<Record<string, string | undefined>>;

/** Finds the identities and credentials of devices as their groups ask for it, and creates their clients. */
export class ClientSource {
  readonly #platform: SimulatorPlatform;
  readonly #secrets: Secrets;
  readonly #hub: LocalHub | undefined;
  #ca: Promise<string> | undefined;

  constructor(platform: SimulatorPlatform, secrets: Secrets, hub: LocalHub | undefined) {
    this.#platform = platform;
    this.#secrets = secrets;
    this.#hub = hub;
  }

  /**
   * Checks that there is a local hub and that all secrets are known, before anything connects.
   *
   * @throws {ArgumentError} `invalid_argument`
   */
  check(groups: readonly Group[]): void {
    for (const group of groups) {
      const connect: ConnectionSource = group.connect ?? { from: "localHub" };
      if (connect.from !== "localHub") this.#secret(connect.secret);
      else if (this.#hub === undefined)
        throw new ArgumentError(
          "invalid_argument",
          "hub must be a local hub, because a group connects to it, got nothing",
        );
    }
  }

  /**
   * Prepares the clients of a device and its modules, in this order; registers them if they are to be at the local hub.
   *
   * @throws {ArgumentError} `invalid_argument` for a secret that doesn't fit
   */
  async clientsOf(identities: readonly SimulatedIdentity[]): Promise<CreateClient[]> {
    const [device] = identities;
    if (device === undefined) return [];
    const connect: ConnectionSource = device.group.connect ?? { from: "localHub" };
    switch (connect.from) {
      case "localHub":
        return this.#atLocalHub(device.deviceId, identities);
      case "connectionString":
        return [this.#fromString(this.#lineOf(connect.secret, device.numberInGroup), device)];
      case "policy": {
        const policy = parseConnectionString(this.#secret(connect.secret));
        return identities.map((each) => this.#fromString(policyString(policy, each), each));
      }
      case "provisioning": {
        const symmetricKey = await deriveDeviceKey(this.#secret(connect.secret), device.deviceId);
        const { idScope, host: provisioningHost = "global.azure-devices-provisioning.net" } = connect;
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
    this.#ca ??= isTls ? hub.ca() : undefined;
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

  #secret(name: string): string {
    const value = this.#secrets[name];
    if (value !== undefined && value !== "") return value;
    throw new ArgumentError(
      "invalid_argument",
      `The secret ${name} must be a non-empty string, got nothing`,
      {
        remediation: `Set the environment variable ${name}, or pass it in the secrets`,
      },
    );
  }

  #lineOf(name: string, number: number): string {
    const lines = this.#secret(name)
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "");
    const line = lines[number - 1];
    if (line !== undefined) return line.trim();
    throw new ArgumentError(
      "invalid_argument",
      `The secret ${name} must be one connection string a line for each device, got ${lines.length} lines`,
    );
  }
}

function policyString(
  policy: ReturnType<typeof parseConnectionString>,
  { deviceId, moduleId }: SimulatedIdentity,
): string {
  const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
  return `HostName=${policy["HostName"]};DeviceId=${deviceId}${module};SharedAccessKeyName=${policy["SharedAccessKeyName"]};SharedAccessKey=${policy["SharedAccessKey"]}`;
}
