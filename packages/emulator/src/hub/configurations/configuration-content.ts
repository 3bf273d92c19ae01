import type { JsonObject } from "@isohub/core";
import { diffDocuments, isJsonObject } from "@isohub/core/internal";
import { HubError } from "../hub-error.ts";
import { type Identity, identityKey } from "../identities/identity.ts";

/** The content of a configuration. The hub accepts one kind of it. */
export interface ConfigurationContent {
  /** Values by path, such as `properties.desired.interval`, for the twins of devices. */
  readonly deviceContent?: JsonObject;
  /** The same for the twins of modules. */
  readonly moduleContent?: JsonObject;
  /** The same for each module of an IoT Edge device, by its id: a deployment. */
  readonly modulesContent?: JsonObject;
}

/** A value that a configuration sets in the desired properties of a twin. */
export interface Setting {
  readonly identity: Identity;
  /** The names that lead to the value; none if it replaces all desired properties. */
  readonly path: readonly string[];
  readonly value: unknown;
}

const kinds = ["deviceContent", "moduleContent", "modulesContent"] as const;
/** A kind of content. */
export type ContentKind = (typeof kinds)[number];

const rootPath = "properties.desired";

/** Returns the kind of a content. @throws {HubError} ArgumentInvalid unless it has one kind, and paths as documented */
export function kindOf(content: ConfigurationContent): ContentKind {
  const [kind, ...more] = kinds.filter((each) => content[each] !== undefined);
  if (kind === undefined || more.length > 0) {
    throw invalid(`content must have one of ${kinds.join(", ")}`);
  }
  const sections = kind === "modulesContent" ? Object.values(content[kind] ?? {}) : [content[kind]];
  for (const section of sections) {
    if (!isJsonObject(section)) throw invalid(`${kind} must have an object for each module`);
    const wrong = Object.keys(section).find((path) => path !== rootPath && !path.startsWith(`${rootPath}.`));
    if (wrong !== undefined)
      throw invalid(`${kind} must have paths in ${rootPath}, got '${wrong.slice(0, 80)}'`);
  }
  return kind;
}

/** Returns the settings of a content for a device or module. */
export function settingsOf({ deviceId, moduleId }: Identity, content: ConfigurationContent): Setting[] {
  const { deviceContent, moduleContent, modulesContent = {} } = content;
  const own = moduleId === undefined ? { deviceId } : { deviceId, moduleId };
  return [
    ...sectionSettings(own, deviceContent ?? moduleContent),
    ...Object.entries(modulesContent).flatMap(([module, section]) =>
      sectionSettings({ deviceId, moduleId: module }, section),
    ),
  ];
}

/** Whether a deployment only adds to one of a lower priority. */
export function isLayered({ modulesContent }: ConfigurationContent): boolean {
  const agent = modulesContent?.["$edgeAgent"];
  return modulesContent !== undefined && !(isJsonObject(agent) && Object.hasOwn(agent, rootPath));
}

/** Returns the settings without those that a later one of the same path replaces. */
export function effective(settings: readonly Setting[]): Map<string, Setting> {
  return new Map(settings.map((setting) => [placeOf(setting), setting]));
}

/** Returns the twin and path of a setting as a key. */
export function placeOf({ identity, path }: Omit<Setting, "value">): string {
  return JSON.stringify([identityKey(identity), ...path]);
}

/** Returns the patch of desired properties that removes values and then makes settings, in this order. */
export function patchOf(
  current: JsonObject,
  removed: readonly (readonly string[])[],
  set: readonly Omit<Setting, "identity">[],
): JsonObject {
  const removals = removed.reduce((next, path) => without(next, path), current);
  const wanted = set.reduce((next, { path, value }) => withValue(next, path, value), removals);
  return diffDocuments(current, wanted) ?? {};
}

function sectionSettings(identity: Identity, section: unknown): Setting[] {
  if (!isJsonObject(section)) return [];
  return Object.entries(section).map(([path, value]) => ({
    identity,
    path: path.split(".").slice(2),
    value,
  }));
}

function without(object: JsonObject, [name, ...path]: readonly string[]): JsonObject {
  if (name === undefined) return {};
  if (!Object.hasOwn(object, name)) return object;
  const { [name]: value, ...others } = object;
  if (path.length === 0) return others;
  return isJsonObject(value) ? { ...object, [name]: without(value, path) } : object;
}

function withValue(object: JsonObject, [name, ...path]: readonly string[], value: unknown): JsonObject {
  if (name === undefined) return isJsonObject(value) ? value : object;
  const old = Object.hasOwn(object, name) ? object[name] : undefined;
  return {
    ...object,
    [name]: path.length === 0 ? value : withValue(isJsonObject(old) ? old : {}, path, value),
  };
}

function invalid(rule: string): HubError {
  return new HubError("InvalidConfigurationContent", `${rule}.`);
}
