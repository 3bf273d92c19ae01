import type { CaCertificate } from "../certificates/node/ca-certificate.ts";
import type { IdentityOptions, ModuleOptions } from "../hub/registry.ts";
import type { DeviceIdentity, ModuleIdentity } from "../hub/service-view.ts";

/** A device with the connection string to be it. */
export type CreatedDevice = DeviceIdentity & { readonly connectionString: string };

/** A module with the connection string to be it. */
export type CreatedModule = ModuleIdentity & { readonly connectionString: string };

/** The identity registry of an emulator. */
export interface EmulatorIdentities {
  /**
   * Registers a device.
   *
   * @throws {HubError} DeviceAlreadyExists; ArgumentInvalid for an id, IotHubFormatError for a key
   */
  createDevice(deviceId: string, options?: IdentityOptions): Promise<CreatedDevice>;
  /**
   * The connection string of an identity, with its primary key, or with `x509=true` where it has none.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound — at once, not as a rejection
   */
  connectionString(identity: string): string;
  /** What the registry has of a device. Rejects with a `HubError` where there is none. */
  getDevice(deviceId: string): Promise<DeviceIdentity>;
  /** Every device, in the order of creation. */
  listDevices(): Promise<DeviceIdentity[]>;
  /** Changes status or credentials. A device that is disabled loses its connection; one whose keys change keeps it. */
  updateDevice(deviceId: string, options: IdentityOptions): Promise<DeviceIdentity>;
  /** Deletes a device with its modules, its twin and its messages, and ends its connection. */
  deleteDevice(deviceId: string): Promise<void>;

  /**
   * Registers a module of a device; a device has up to 50.
   *
   * @throws {HubError} DeviceNotFound, ModuleAlreadyExistsOnDevice, TooManyModulesOnDevice; ArgumentInvalid for an id,
   * IotHubFormatError for a key
   */
  createModule(deviceId: string, moduleId: string, options?: ModuleOptions): Promise<CreatedModule>;
  /** @throws {HubError} ModuleNotFound */
  getModule(deviceId: string, moduleId: string): Promise<ModuleIdentity>;
  /** The modules of a device, in the order of creation. */
  listModules(deviceId: string): Promise<ModuleIdentity[]>;
  /** Changes credentials. @throws {HubError} ModuleNotFound */
  updateModule(deviceId: string, moduleId: string, options: ModuleOptions): Promise<ModuleIdentity>;
  /** Deletes a module with its twin, and ends its connection. @throws {HubError} ModuleNotFound */
  deleteModule(deviceId: string, moduleId: string): Promise<void>;

  /**
   * Trusts an authority: certificates that lead to it are good for identities registered with
   * `authentication: "certificateAuthority"` whose id (`device`, `device/module`) is their common name.
   *
   * @param pem - its certificate
   * @throws {HubError} ArgumentInvalid for what is not the certificate of an authority, and for the 26th
   */
  addCaCertificate(pem: string): Promise<CaCertificate>;
  /** Trusts it no more; connections stay. @throws {HubError} GenericNotFound when there is none */
  removeCaCertificate(thumbprint: string): Promise<void>;
  /** The trusted authorities. */
  caCertificates(): CaCertificate[];
}
