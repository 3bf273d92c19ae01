import { type EtagCondition, parseEtagCondition, requireEtag } from "../../hub/etag.ts";
import type { Hub } from "../../hub/hub.ts";
import { HubError, type HubErrorName } from "../../hub/hub-error.ts";
import { type Identity, identityKey } from "../../hub/identities/identity.ts";
import type { TwinChange } from "../../hub/twins/twin.ts";
import { Fields } from "../fields.ts";
import { readTwinChange } from "../twin-input.ts";
import { readIdentityOptions } from "./identity-input.ts";
import { createIdentity, updateIdentity } from "./identity-writes.ts";

/** The failure of one identity in a bulk request. */
export interface BulkError {
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly errorCode: HubErrorName;
  readonly errorStatus: string;
  readonly operation: string;
}

/** The result of a bulk request. */
export interface BulkResult {
  readonly isSuccessful: boolean;
  readonly errors: readonly BulkError[];
  readonly warnings: readonly never[];
}

const maxItems = 100;

type ImportMode = (hub: Hub, identity: Identity, item: Fields) => void;

/** The import modes in lower case: clients differ in the case. */
const importModes: Readonly<Record<string, ImportMode>> = {
  create: (hub, identity, item) => create(hub, identity, item),
  update: (hub, identity, item) => update(hub, identity, item, undefined),
  updateifmatchetag: (hub, identity, item) => update(hub, identity, item, requiredEtag(item, "eTag")),
  createorupdate: (hub, identity, item) => {
    if (hub.registry.find(identity) === undefined) create(hub, identity, item);
    else update(hub, identity, item, undefined);
  },
  createorupdateifmatchetag: (hub, identity, item) => {
    if (hub.registry.find(identity) === undefined) create(hub, identity, item);
    else update(hub, identity, item, requiredEtag(item, "eTag"));
  },
  delete: (hub, identity) => hub.identities.delete(identity),
  deleteifmatchetag: (hub, identity, item) => hub.identities.delete(identity, requiredEtag(item, "eTag")),
  updatetwin: (hub, identity, item) => updateTwin(hub, identity, item, undefined),
  updatetwinifmatchetag: (hub, identity, item) =>
    updateTwin(hub, identity, item, requiredEtag(item, "twinETag")),
};

/**
 * Creates, updates and deletes identities, each by its import mode. One that fails doesn't stop the others.
 *
 * @throws {HubError} ArgumentInvalid if the request isn't an array of objects, TooManyDevices for more than a hundred,
 * DeviceDefinedMultipleTimes if two are for one identity
 * @source IoT Hub service REST, Bulk Registry - Update Registry
 */
export function runBulk(hub: Hub, request: unknown): BulkResult {
  if (!Array.isArray(request)) {
    throw new HubError("ArgumentInvalid", `The body must be an array of identities, got ${typeof request}.`);
  }
  if (request.length > maxItems) {
    throw new HubError(
      "TooManyDevices",
      `The body must be an array of up to ${maxItems} identities, got ${request.length}.`,
    );
  }
  const items = request.map((item: unknown, at) => new Fields(item, `[${at}]`));
  requireDistinct(items);
  const errors = items.flatMap((item) => runItem(hub, item) ?? []);
  return { isSuccessful: errors.length === 0, errors, warnings: [] };
}

function requireDistinct(items: readonly Fields[]): void {
  const keys = new Set<string>();
  for (const item of items) {
    const key = identityKey(identityOf(item));
    if (keys.has(key)) {
      throw new HubError(
        "DeviceDefinedMultipleTimes",
        `The body must have each identity once, got '${key}' twice.`,
      );
    }
    keys.add(key);
  }
}

function identityOf(item: Fields): Identity {
  const [deviceId = "", moduleId] = [item.text("id"), item.text("moduleId")];
  return moduleId ? { deviceId, moduleId } : { deviceId };
}

/**
 * Creates, updates or deletes an identity by its import mode, `createOrUpdate` by default. Returns its error, or
 * `undefined` if it succeeded.
 */
export function runItem(hub: Hub, item: Fields): BulkError | undefined {
  let identity: Identity = { deviceId: "" };
  let operation = "createOrUpdate";
  try {
    identity = identityOf(item);
    operation = item.text("importMode") ?? operation;
    const mode = operation.toLowerCase();
    const run = Object.hasOwn(importModes, mode) ? importModes[mode] : undefined;
    if (run === undefined) {
      throw new HubError(
        "ArgumentInvalid",
        `importMode must be a known mode, got '${operation.slice(0, 40)}'.`,
      );
    }
    run(hub, identity, item);
    return undefined;
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    return { ...identity, errorCode: error.name, errorStatus: error.message, operation };
  }
}

function create(hub: Hub, identity: Identity, item: Fields): void {
  const change = readTwinChange(item);
  // Before anything is written, because the identity and its twin are created together.
  hub.twins.check(change);
  createIdentity(hub, identity, readIdentityOptions(item));
  changeTwin(hub, identity, change);
}

function update(hub: Hub, identity: Identity, item: Fields, condition: EtagCondition | undefined): void {
  const { etag } = hub.registry.require(identity);
  requireEtag(condition, etag, `'${identityKey(identity)}'`);
  const options = readIdentityOptions(item);
  const change = readTwinChange(item);
  hub.twins.check(change, identity);
  updateIdentity(hub, identity, options, condition);
  changeTwin(hub, identity, change);
}

function updateTwin(hub: Hub, identity: Identity, item: Fields, condition: EtagCondition | undefined): void {
  hub.registry.require(identity);
  changeTwin(hub, identity, readTwinChange(item), condition);
}

function changeTwin(hub: Hub, identity: Identity, change: TwinChange, condition?: EtagCondition): void {
  if (change.tags === undefined && change.desired === undefined) return;
  hub.twins.change(identity, change, { how: "patch", ...(condition === undefined ? {} : { condition }) });
}

function requiredEtag(item: Fields, name: "eTag" | "twinETag"): EtagCondition {
  const condition = parseEtagCondition(item.text(name));
  if (condition !== undefined) return condition;
  throw new HubError("ArgumentInvalid", `${name} must be set for this importMode.`);
}
