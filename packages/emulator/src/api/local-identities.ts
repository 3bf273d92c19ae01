import {
  type CaCertificate,
  caCertificateView,
  parseCaCertificate,
} from "../certificates/node/ca-certificate.ts";
import type { Hub } from "../hub/hub.ts";
import type { IdentityOptions, ModuleOptions } from "../hub/registry.ts";
import type { DeviceIdentity, ModuleIdentity } from "../hub/service-view.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { CreatedDevice, CreatedModule, EmulatorIdentities } from "./identities.ts";
import { LocalProvisioning } from "./local-provisioning.ts";

/** The identity registry with its handles for tests. */
export class LocalIdentities extends LocalProvisioning implements EmulatorIdentities {
  readonly #hub: Hub;
  readonly #host: string;

  /** @param host - for connection strings, with a port where clients need one */
  constructor(hub: Hub, provisioning: Provisioning, host: string) {
    super(provisioning, host);
    this.#hub = hub;
    this.#host = host;
  }

  async createDevice(deviceId: string, options: IdentityOptions = {}): Promise<CreatedDevice> {
    this.#hub.create({ deviceId }, options);
    return { ...this.#hub.views.device(deviceId), connectionString: this.connectionString(deviceId) };
  }

  connectionString(identity: string): string {
    const { deviceId, moduleId, authentication, primaryKey } = this.#hub.registry.named(identity);
    const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
    const credential = authentication === "sas" ? `SharedAccessKey=${primaryKey}` : "x509=true";
    return `HostName=${this.#host};DeviceId=${deviceId}${module};${credential}`;
  }

  async getDevice(deviceId: string): Promise<DeviceIdentity> {
    return this.#hub.views.device(deviceId);
  }

  async listDevices(): Promise<DeviceIdentity[]> {
    const devices = this.#hub.registry.list().filter(({ moduleId }) => moduleId === undefined);
    return devices.map(({ deviceId }) => this.#hub.views.device(deviceId));
  }

  async updateDevice(deviceId: string, options: IdentityOptions): Promise<DeviceIdentity> {
    this.#hub.update({ deviceId }, options);
    return this.#hub.views.device(deviceId);
  }

  async deleteDevice(deviceId: string): Promise<void> {
    this.#hub.delete({ deviceId });
  }

  async createModule(
    deviceId: string,
    moduleId: string,
    options: ModuleOptions = {},
  ): Promise<CreatedModule> {
    this.#hub.create({ deviceId, moduleId }, options);
    const connectionString = this.connectionString(`${deviceId}/${moduleId}`);
    return { ...this.#hub.views.module({ deviceId, moduleId }), connectionString };
  }

  async getModule(deviceId: string, moduleId: string): Promise<ModuleIdentity> {
    return this.#hub.views.module({ deviceId, moduleId });
  }

  async listModules(deviceId: string): Promise<ModuleIdentity[]> {
    this.#hub.registry.require({ deviceId });
    return this.#hub.views.modules(deviceId);
  }

  async updateModule(deviceId: string, moduleId: string, options: ModuleOptions): Promise<ModuleIdentity> {
    this.#hub.update({ deviceId, moduleId }, options);
    return this.#hub.views.module({ deviceId, moduleId });
  }

  async deleteModule(deviceId: string, moduleId: string): Promise<void> {
    this.#hub.delete({ deviceId, moduleId });
  }

  async addCaCertificate(pem: string): Promise<CaCertificate> {
    const certificate = parseCaCertificate(pem);
    this.#hub.authorities.add(certificate);
    return caCertificateView(certificate);
  }

  async removeCaCertificate(thumbprint: string): Promise<void> {
    this.#hub.authorities.remove(thumbprint);
  }

  caCertificates(): CaCertificate[] {
    return this.#hub.authorities.list().map(caCertificateView);
  }
}
