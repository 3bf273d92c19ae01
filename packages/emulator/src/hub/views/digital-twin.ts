import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";
import { patchOf } from "../configurations/configuration-content.ts";
import { HubError } from "../hub-error.ts";
import type { ServiceTwin } from "./service-view.ts";

type Operation = { readonly path: readonly string[]; readonly value?: unknown };

const componentMark = { __t: "c" };

/**
 * Returns a twin as a digital twin: the reported values, and the desired and acknowledged ones as metadata. Components
 * are the objects that have `__t: "c"`.
 *
 * @source IoT Hub documentation, "Understand IoT Plug and Play digital twins"
 */
export function digitalTwinOf({ deviceId, modelId, properties }: ServiceTwin): JsonObject {
  const { metadata, ...values } = sectionOf(
    properties.desired,
    properties.reported,
    properties.reported["$metadata"],
  );
  return { $dtId: deviceId, ...values, $metadata: { $model: modelId, ...metadata } };
}

/**
 * Returns the patch of desired properties for a JSON patch of a digital twin.
 *
 * @throws {HubError} InvalidDigitalTwinJsonPatch unless the patch is an array of the operations `add`, `replace` and `remove`
 */
export function desiredPatchOf({ properties }: ServiceTwin, patch: unknown): JsonObject {
  if (!Array.isArray(patch)) throw invalid("The body must be an array of operations");
  const { $metadata: _metadata, $version: _version, ...desired } = properties.desired;
  const isComponent = (name: string): boolean =>
    isMarked(properties.desired[name]) || isMarked(properties.reported[name]);
  // The last operation on a place counts.
  const operations = new Map(
    patch.map((each: unknown, at) => [JSON.stringify(pathOf(each, at)), operationOf(each, at)]),
  );
  const removed = [...operations.values()].filter((each) => !("value" in each)).map(({ path }) => path);
  const set = [...operations.values()].flatMap(({ path, value }) => {
    if (value === undefined) return [];
    const [name = "", ...inner] = path;
    if (inner.length > 0 && isComponent(name))
      return [
        { path: [name, "__t"], value: "c" },
        { path, value },
      ];
    return [{ path, value: inner.length === 0 ? componentValue(value, isComponent(name)) : value }];
  });
  return patchOf(desired, removed, set);
}

function sectionOf(
  desired: JsonObject,
  reported: JsonObject,
  times: unknown,
): JsonObject & { readonly metadata: JsonObject } {
  const values: [string, unknown][] = [];
  const metadata: [string, unknown][] = [];
  const names = new Set([...Object.keys(reported), ...Object.keys(desired)]);
  for (const name of names) {
    if (name.startsWith("$") || name === "__t") continue;
    const [wanted, got] = [desired[name], reported[name]];
    const stamps = isJsonObject(times) ? times[name] : undefined;
    if (isMarked(wanted) || isMarked(got)) {
      const inner = sectionOf(isJsonObject(wanted) ? wanted : {}, isJsonObject(got) ? got : {}, stamps);
      const { metadata: innerMetadata, ...innerValues } = inner;
      values.push([name, { ...innerValues, $metadata: innerMetadata }]);
      continue;
    }
    const acknowledged = isJsonObject(got) && Object.hasOwn(got, "ac") && Object.hasOwn(got, "av");
    if (got !== undefined) values.push([name, acknowledged ? got["value"] : got]);
    metadata.push([
      name,
      {
        ...(wanted === undefined ? {} : { desiredValue: wanted }),
        ...(acknowledged
          ? {
              ackValue: got["value"],
              ackVersion: got["av"],
              ackCode: got["ac"],
              ...(got["ad"] === undefined ? {} : { ackDescription: got["ad"] }),
            }
          : {}),
        ...(isJsonObject(stamps) ? { lastUpdateTime: stamps["$lastUpdated"] } : {}),
      },
    ]);
  }
  return { ...Object.fromEntries(values), metadata: Object.fromEntries(metadata) };
}

// A whole component is written with an empty `$metadata`.
function componentValue(value: unknown, isComponent: boolean): unknown {
  if (!isJsonObject(value)) return value;
  const { $metadata, ...fields } = value;
  return isComponent || $metadata !== undefined ? { ...componentMark, ...fields } : fields;
}

function operationOf(operation: unknown, at: number): Operation {
  const path = pathOf(operation, at);
  const { op, value } = isJsonObject(operation) ? operation : {};
  if (op === "remove") return { path };
  if ((op === "add" || op === "replace") && value !== undefined && value !== null) return { path, value };
  throw invalid(`The operation [${at}] must be add or replace with a value, or remove`);
}

function pathOf(operation: unknown, at: number): string[] {
  const path = isJsonObject(operation) ? operation["path"] : undefined;
  if (typeof path === "string" && /^(\/[^/]+)+$/.test(path)) {
    return path
      .slice(1)
      .split("/")
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  }
  throw invalid(`The operation [${at}] must have a path such as /component/property`);
}

function isMarked(value: unknown): boolean {
  return isJsonObject(value) && value["__t"] === "c";
}

function invalid(rule: string): HubError {
  return new HubError("InvalidDigitalTwinJsonPatch", `${rule}.`);
}
