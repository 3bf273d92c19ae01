import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { isoTime } from "../clock.ts";
import { type EtagCondition, newEtag, requireEtag } from "../etag.ts";
import { HubError } from "../hub-error.ts";
import {
  type Authentication,
  type AuthenticationOptions,
  authenticationOf,
  type KeyMaker,
  newKey,
} from "./authentication.ts";
import { checkId, type Identity, identityKey, parseIdentity, topicRoot } from "./identity.ts";

/** Whether an identity may connect. */
export type IdentityStatus = "enabled" | "disabled";

/** Options of a device. */
export interface IdentityOptions extends AuthenticationOptions {
  status?: IdentityStatus;
  statusReason?: string | null;
}

/** Options of a module. It has no status: that of its device applies. */
export type ModuleOptions = AuthenticationOptions;

/** Options of an identity, with those that only the service API sets. */
export interface ServiceIdentityOptions extends IdentityOptions {
  /** Whether the device is an IoT Edge device. */
  iotEdge?: boolean;
  /** The scope of the device. An IoT Edge device has its own; others name that of their parent. */
  deviceScope?: string | null;
  /** The scopes of the device's parents. */
  parentScopes?: readonly string[];
  /** The manager of the module. */
  managedBy?: string | null;
}

/** The fields of an identity that describe its place in IoT Edge. The hub stores them, and doesn't act on them. */
export interface EdgeFields {
  readonly iotEdge: boolean;
  readonly deviceScope: string | null;
  readonly parentScopes: readonly string[];
  readonly managedBy: string | null;
}

/** An entry of the identity registry. */
export interface IdentityRecord extends Identity, Authentication, EdgeFields {
  readonly generationId: string;
  readonly status: IdentityStatus;
  readonly statusReason: string | null;
  readonly statusUpdatedTime: string;
  readonly etag: string;
}

/** The largest number of modules of a device. */
export const maxModules: number = 50;

/** The identity registry: devices and their modules, with their credentials and status. */
export class Registry {
  readonly #clock: Clock;
  readonly #records: Table<IdentityRecord>;
  /** The keys of each device's modules, in the order of creation: finding them in all records would take long. */
  readonly #modules = new Map<string, Set<string>>();
  readonly #makeKey: KeyMaker;
  #lastGeneration = 0;

  constructor(clock: Clock, store: Store, makeKey: KeyMaker = newKey) {
    this.#clock = clock;
    this.#makeKey = makeKey;
    this.#records = store.table("identities");
    for (const record of this.#records.values()) {
      this.#lastGeneration = Math.max(this.#lastGeneration, generationOf(record));
      this.#index(record);
    }
  }

  /**
   * @throws {HubError} ArgumentInvalid, IotHubFormatError for a key, DeviceAlreadyExists; for a module
   * DeviceNotFound, ModuleAlreadyExistsOnDevice, TooManyModulesOnDevice
   */
  create(identity: Identity, options: ServiceIdentityOptions = {}): IdentityRecord {
    checkId(identity.deviceId, "deviceId");
    if (identity.moduleId !== undefined) {
      checkId(identity.moduleId, "moduleId");
      this.require({ deviceId: identity.deviceId });
    }
    const key = identityKey(identity);
    if (this.#records.has(key)) throw alreadyExists(identity);
    if (identity.moduleId !== undefined && this.modules(identity.deviceId).length >= maxModules) {
      throw new HubError(
        "TooManyModulesOnDevice",
        `A device can have up to ${maxModules} modules, and '${identity.deviceId}' has that many.`,
      );
    }
    const generationId = this.#newGeneration();
    const record: IdentityRecord = {
      ...identity,
      generationId,
      ...this.#authentication(identity, options),
      ...edgeFieldsOf(options, { ...identity, generationId, ...noEdge }),
      status: checkStatus(options.status ?? "enabled"),
      statusReason: options.statusReason ?? null,
      statusUpdatedTime: "0001-01-01T00:00:00Z",
      etag: newEtag(),
    };
    this.#records.set(key, record);
    this.#index(record);
    return record;
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, IotHubFormatError, PreconditionFailed */
  update(identity: Identity, options: ServiceIdentityOptions, condition?: EtagCondition): IdentityRecord {
    const record = this.require(identity);
    requireEtag(condition, record.etag, `'${identityKey(identity)}'`);
    const status = checkStatus(options.status ?? record.status);
    const updated: IdentityRecord = {
      ...record,
      ...this.#authentication(identity, options, record),
      ...edgeFieldsOf(options, record),
      status,
      statusReason: options.statusReason === undefined ? record.statusReason : options.statusReason,
      statusUpdatedTime: status === record.status ? record.statusUpdatedTime : isoTime(this.#clock.now()),
      etag: newEtag(),
    };
    this.#records.set(identityKey(identity), updated);
    return updated;
  }

  #authentication(
    identity: Identity,
    options: AuthenticationOptions,
    before?: Authentication,
  ): Authentication {
    return authenticationOf(options, before, (use) => this.#makeKey(topicRoot(identity), use));
  }

  /**
   * Deletes an identity, and the modules of a device with it. Returns everything that was deleted.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound
   */
  delete(identity: Identity): Identity[] {
    const record = this.require(identity);
    const { deviceId, moduleId } = record;
    const removed = moduleId === undefined ? [record, ...this.modules(deviceId)] : [record];
    for (const each of removed) this.#records.delete(identityKey(each));
    if (moduleId === undefined) this.#modules.delete(deviceId);
    else this.#modules.get(deviceId)?.delete(identityKey(record));
    return removed;
  }

  find(identity: Identity): IdentityRecord | undefined {
    const record = this.#records.get(identityKey(identity));
    // A device id with a slash reads like a module, but no identity has such a device id.
    return record?.deviceId === identity.deviceId ? record : undefined;
  }

  /** @throws {HubError} DeviceNotFound or ModuleNotFound */
  require(identity: Identity): IdentityRecord {
    const record = this.find(identity);
    if (record !== undefined) return record;
    const name = identity.moduleId === undefined ? "DeviceNotFound" : "ModuleNotFound";
    throw new HubError(name, `The operation failed because '${identityKey(identity)}' cannot be found.`);
  }

  /** Returns the identity `device` or `device/module`. @throws {HubError} DeviceNotFound, ModuleNotFound */
  named(key: string): IdentityRecord {
    return this.require(parseIdentity(key) ?? { deviceId: key });
  }

  /** Returns all identities in the order of creation. */
  list(): readonly IdentityRecord[] {
    return [...this.#records.values()];
  }

  /** Returns the devices in the order of creation. */
  devices(): readonly IdentityRecord[] {
    return this.list().filter(({ moduleId }) => moduleId === undefined);
  }

  /** Returns the modules of a device in the order of creation. */
  modules(deviceId: string): readonly IdentityRecord[] {
    return [...(this.#modules.get(deviceId) ?? [])].flatMap((key) => this.#records.get(key) ?? []);
  }

  #index(record: IdentityRecord): void {
    const { deviceId, moduleId } = record;
    if (moduleId === undefined) return;
    const keys = this.#modules.get(deviceId) ?? new Set();
    this.#modules.set(deviceId, keys.add(identityKey(record)));
  }

  // The real hub counts ticks. All that matters is that a device has another id after it was deleted and recreated.
  #newGeneration(): string {
    this.#lastGeneration = Math.max(this.#clock.now(), this.#lastGeneration + 1);
    return `${this.#lastGeneration}0000`;
  }
}

/** Returns a number that is greater for each identity than for those created before it. */
export function generationOf({ generationId }: IdentityRecord): number {
  return Number(generationId.slice(0, -4));
}

const noEdge: EdgeFields = { iotEdge: false, deviceScope: null, parentScopes: [], managedBy: null };

function edgeFieldsOf(
  options: ServiceIdentityOptions,
  { deviceId, generationId, ...before }: Pick<IdentityRecord, "deviceId" | "generationId" | keyof EdgeFields>,
): EdgeFields {
  const { iotEdge = before.iotEdge, parentScopes = before.parentScopes } = options;
  const { deviceScope = before.deviceScope, managedBy = before.managedBy } = options;
  const ownScope = `ms-azure-iot-edge://${deviceId}-${generationId}`;
  const parentScope = deviceScope === ownScope ? null : deviceScope;
  return { iotEdge, deviceScope: iotEdge ? ownScope : parentScope, parentScopes, managedBy };
}

function alreadyExists({ deviceId, moduleId }: Identity): HubError {
  if (moduleId === undefined) {
    return new HubError("DeviceAlreadyExists", `A device with ID '${deviceId}' is already registered.`);
  }
  const message = `A module with ID '${moduleId}' is already registered on the device '${deviceId}'.`;
  return new HubError("ModuleAlreadyExistsOnDevice", message);
}

function checkStatus(status: string): IdentityStatus {
  if (status === "enabled" || status === "disabled") return status;
  throw new HubError("ArgumentInvalid", `status must be 'enabled' or 'disabled', got '${status}'.`);
}
