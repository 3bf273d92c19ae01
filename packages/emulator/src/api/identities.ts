import { type CaCertificate, caCertificateView } from "../certificates/ca-certificate.ts";
import type { Hub } from "../hub/hub.ts";
import type { IdentityOptions, ModuleOptions } from "../hub/identities/registry.ts";
import type { DeviceIdentity, ModuleIdentity } from "../hub/views/service-view.ts";
import { type PageOptions, pageOf } from "./paging.ts";

/** The connection strings of a device or module. */
export interface ConnectionStrings {
  /** For programs that trust the hub's certificate authority. */
  readonly connectionString: string;
  /** For pages and Deno: leads to the port without TLS, whose certificate they needn't trust. */
  readonly pageConnectionString: string;
}

/** A device with its connection strings. */
export type RegisteredDevice = DeviceIdentity & ConnectionStrings;

/** A module with its connection strings. */
export type RegisteredModule = ModuleIdentity & ConnectionStrings;

/** The identity registry of an emulator. */
export interface EmulatorIdentities {
  /**
   * Registers a device. Without credentials, the hub generates keys.
   *
   * @throws {HubError} DeviceAlreadyExists; ArgumentInvalid; IotHubFormatError for an invalid key
   */
  createDevice(deviceId: string, options?: IdentityOptions): Promise<RegisteredDevice>;
  /**
   * Returns the connection string of a device or module: with its primary key, or with `x509=true` if it has none.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound (synchronously)
   */
  connectionString(identity: string): string;
  /**
   * Returns the connection string of a device or module for pages and Deno: `HostName=ws://localhost:PORT;…`. It leads to the
   * port without TLS, because a page can't be made to trust the hub's certificate.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound (synchronously)
   */
  pageConnectionString(identity: string): string;
  /**
   * Returns a device as registered.
   *
   * @throws {HubError} DeviceNotFound
   */
  getDevice(deviceId: string): Promise<RegisteredDevice>;
  /** Lists the devices in order of creation. @throws {HubError} ArgumentInvalid if there is no device `after` */
  listDevices(page?: PageOptions): Promise<DeviceIdentity[]>;
  /**
   * Changes the status or credentials of a device. Disabling a device ends its connection; changing its keys doesn't.
   *
   * @throws {HubError} DeviceNotFound; ArgumentInvalid; IotHubFormatError for an invalid key
   */
  updateDevice(deviceId: string, options: IdentityOptions): Promise<DeviceIdentity>;
  /**
   * Deletes a device with its modules, twin and messages, and ends its connection.
   *
   * @throws {HubError} DeviceNotFound
   */
  deleteDevice(deviceId: string): Promise<void>;

  /**
   * Registers a module. A device has up to 50.
   *
   * @throws {HubError} DeviceNotFound; ModuleAlreadyExistsOnDevice; TooManyModulesOnDevice; ArgumentInvalid;
   * IotHubFormatError for an invalid key
   */
  createModule(deviceId: string, moduleId: string, options?: ModuleOptions): Promise<RegisteredModule>;
  /**
   * Returns a module as registered.
   *
   * @throws {HubError} ModuleNotFound
   */
  getModule(deviceId: string, moduleId: string): Promise<RegisteredModule>;
  /**
   * Lists the modules of a device in order of creation.
   *
   * @throws {HubError} DeviceNotFound
   */
  listModules(deviceId: string): Promise<ModuleIdentity[]>;
  /**
   * Changes the credentials of a module.
   *
   * @throws {HubError} ModuleNotFound; ArgumentInvalid; IotHubFormatError for an invalid key
   */
  updateModule(deviceId: string, moduleId: string, options: ModuleOptions): Promise<ModuleIdentity>;
  /**
   * Deletes a module with its twin, and ends its connection.
   *
   * @throws {HubError} ModuleNotFound
   */
  deleteModule(deviceId: string, moduleId: string): Promise<void>;

  /**
   * Trusts a certificate authority. Its certificates authenticate identities that are registered with
   * `authentication: "certificateAuthority"` and whose id (`device` or `device/module`) is the common name.
   *
   * @param certificate - of the authority, in PEM
   * @throws {HubError} ArgumentInvalid if it isn't the certificate of an authority, or the hub already trusts 25
   */
  addCaCertificate(certificate: string): Promise<CaCertificate>;
  /**
   * Stops trusting a certificate authority. Open connections stay.
   *
   * @param thumbprint - SHA-256 of the certificate, hexadecimal
   * @throws {HubError} GenericNotFound
   */
  removeCaCertificate(thumbprint: string): Promise<void>;
  /** Lists the trusted certificate authorities. */
  caCertificates(): CaCertificate[];
}

/**
 * Implements {@link EmulatorIdentities} with the hub's registry.
 *
 * @param host - of connection strings, with a port unless the official ports are bound
 * @param plainHost - of connection strings for pages: `ws://name:port`
 */
export function identitiesOf(hub: Hub, host: string, plainHost: string): EmulatorIdentities {
  const { registry, views, authorities } = hub;
  const stringWith = (hostName: string, identity: string): string => {
    const { deviceId, moduleId, authentication, primaryKey } = registry.named(identity);
    const module = moduleId === undefined ? "" : `;ModuleId=${moduleId}`;
    const credential = authentication === "sas" ? `SharedAccessKey=${primaryKey}` : "x509=true";
    return `HostName=${hostName};DeviceId=${deviceId}${module};${credential}`;
  };
  const connectionString = (identity: string): string => stringWith(host, identity);
  const pageConnectionString = (identity: string): string => stringWith(plainHost, identity);
  const stringsOf = (identity: string): ConnectionStrings => ({
    connectionString: connectionString(identity),
    pageConnectionString: pageConnectionString(identity),
  });
  const device = (deviceId: string): RegisteredDevice => ({
    ...views.device(deviceId),
    ...stringsOf(deviceId),
  });
  const module = (deviceId: string, moduleId: string): RegisteredModule => ({
    ...views.module({ deviceId, moduleId }),
    ...stringsOf(`${deviceId}/${moduleId}`),
  });
  return {
    connectionString,
    pageConnectionString,
    async createDevice(deviceId, options = {}) {
      hub.identities.create({ deviceId }, options);
      return device(deviceId);
    },
    getDevice: async (deviceId) => device(deviceId),
    async listDevices(page) {
      const devices = registry.list().filter(({ moduleId }) => moduleId === undefined);
      return pageOf(devices, ({ deviceId }) => deviceId, page).map(({ deviceId }) => views.device(deviceId));
    },
    async updateDevice(deviceId, options) {
      hub.identities.update({ deviceId }, options);
      return views.device(deviceId);
    },
    deleteDevice: async (deviceId) => hub.identities.delete({ deviceId }),
    async createModule(deviceId, moduleId, options = {}) {
      hub.identities.create({ deviceId, moduleId }, options);
      return module(deviceId, moduleId);
    },
    getModule: async (deviceId, moduleId) => module(deviceId, moduleId),
    async listModules(deviceId) {
      registry.require({ deviceId });
      return views.modules(deviceId);
    },
    async updateModule(deviceId, moduleId, options) {
      hub.identities.update({ deviceId, moduleId }, options);
      return views.module({ deviceId, moduleId });
    },
    deleteModule: async (deviceId, moduleId) => hub.identities.delete({ deviceId, moduleId }),
    addCaCertificate: async (pem) => caCertificateView(authorities.add(pem)),
    removeCaCertificate: async (thumbprint) => authorities.remove(thumbprint),
    caCertificates: () => authorities.list().map(caCertificateView),
  };
}
