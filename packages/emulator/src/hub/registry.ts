import type { Clock } from "@isohub/core";
import { decodeBase64, encodeBase64 } from "@isohub/core";
import { isoTime } from "./clock.ts";
import { HubError } from "./hub-error.ts";
import { checkId, type Identity, identityKey } from "./identity.ts";

/** Whether an identity may connect. */
export type IdentityStatus = "enabled" | "disabled";

/** What may be set on an identity. A key that is left out is made by the hub. */
export interface IdentityOptions {
  /** base64 of 16 to 64 bytes. */
  primaryKey?: string;
  /** base64 of 16 to 64 bytes. */
  secondaryKey?: string;
  status?: IdentityStatus;
  statusReason?: string | null;
}

/** An entry of the identity registry. */
export interface IdentityRecord extends Identity {
  readonly generationId: string;
  readonly primaryKey: string;
  readonly secondaryKey: string;
  readonly status: IdentityStatus;
  readonly statusReason: string | null;
  readonly statusUpdatedTime: string;
  readonly etag: string;
}

/** The identity registry: devices and their modules, with their keys. */
export class Registry {
  readonly #clock: Clock;
  readonly #records = new Map<string, IdentityRecord>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @throws {HubError} ArgumentInvalid, IotHubFormatError for a key, DeviceAlreadyExists, DeviceNotFound for a module. */
  create(identity: Identity, options: IdentityOptions = {}): IdentityRecord {
    checkId(identity.deviceId, "deviceId");
    if (identity.moduleId !== undefined) {
      checkId(identity.moduleId, "moduleId");
      this.require({ deviceId: identity.deviceId });
    }
    const key = identityKey(identity);
    if (this.#records.has(key)) {
      throw new HubError("DeviceAlreadyExists", `A device with ID '${key}' is already registered.`);
    }
    const record: IdentityRecord = {
      ...identity,
      generationId: this.#newGeneration(),
      primaryKey: checkKey(options.primaryKey ?? newKey()),
      secondaryKey: checkKey(options.secondaryKey ?? newKey()),
      status: checkStatus(options.status ?? "enabled"),
      statusReason: options.statusReason ?? null,
      statusUpdatedTime: "0001-01-01T00:00:00Z",
      etag: newEtag(),
    };
    this.#records.set(key, record);
    return record;
  }

  /** @throws {HubError} DeviceNotFound, ArgumentInvalid, IotHubFormatError */
  update(identity: Identity, options: IdentityOptions): IdentityRecord {
    const record = this.require(identity);
    const status = checkStatus(options.status ?? record.status);
    const updated: IdentityRecord = {
      ...record,
      primaryKey: checkKey(options.primaryKey ?? record.primaryKey),
      secondaryKey: checkKey(options.secondaryKey ?? record.secondaryKey),
      status,
      statusReason: options.statusReason === undefined ? record.statusReason : options.statusReason,
      statusUpdatedTime: status === record.status ? record.statusUpdatedTime : isoTime(this.#clock.now()),
      etag: newEtag(),
    };
    this.#records.set(identityKey(identity), updated);
    return updated;
  }

  /** Removes an identity; with a device go its modules. Returns all that were removed. @throws {HubError} DeviceNotFound */
  delete(identity: Identity): Identity[] {
    this.require(identity);
    const removed = [...this.#records.values()].filter(
      (record) =>
        record.deviceId === identity.deviceId &&
        (identity.moduleId === undefined || record.moduleId === identity.moduleId),
    );
    for (const record of removed) this.#records.delete(identityKey(record));
    return removed;
  }

  find(identity: Identity): IdentityRecord | undefined {
    return this.#records.get(identityKey(identity));
  }

  /** @throws {HubError} DeviceNotFound or ModuleNotFound */
  require(identity: Identity): IdentityRecord {
    const record = this.find(identity);
    if (record !== undefined) return record;
    const name = identity.moduleId === undefined ? "DeviceNotFound" : "ModuleNotFound";
    throw new HubError(name, `The operation failed because '${identityKey(identity)}' cannot be found.`);
  }

  /** Every identity, in the order of creation. */
  list(): readonly IdentityRecord[] {
    return [...this.#records.values()];
  }

  // The real one is a number of ticks as text; what matters is that a device made again has another.
  #lastGeneration = 0;
  #newGeneration(): string {
    this.#lastGeneration = Math.max(this.#clock.now(), this.#lastGeneration + 1);
    return `${this.#lastGeneration}0000`;
  }
}

/** A fresh 32-byte key, base64, as the hub makes them. */
export function newKey(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(32)));
}

/** A fresh etag: base64 text, without the quotes that headers put around it. */
export function newEtag(): string {
  return encodeBase64(crypto.getRandomValues(new Uint8Array(8)));
}

function checkKey(key: string): string {
  const bytes = decodeBase64(key);
  if (bytes === undefined || bytes.length < 16 || bytes.length > 64) {
    throw new HubError("IotHubFormatError", "A device key must be base64 of 16 to 64 bytes.");
  }
  return key;
}

function checkStatus(status: string): IdentityStatus {
  if (status === "enabled" || status === "disabled") return status;
  throw new HubError("ArgumentInvalid", `status is '${status}', it must be 'enabled' or 'disabled'.`);
}
