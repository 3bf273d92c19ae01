import type { JsonObject } from "@isohub/core";
import { decodeBase64, parseJson } from "@isohub/core/internal";
import { requireObject } from "../http/body.ts";
import { HubError, messageOf } from "../hub/hub-error.ts";
import { encodingOf, jsonFields } from "../schema/binary.ts";
import { checkFields } from "../schema/check.ts";
import { type Fields, optional, text } from "../schema/schema.ts";
import { arrangeArguments, parametersOf } from "../schema/signature.ts";
import type { Operation } from "./operation.ts";

/** The parts of a request that contain parameters. */
export interface RequestParts {
  /** The parameters in the path, decoded. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/**
 * Reads the arguments of an operation from a request.
 *
 * @throws {HubError} IotHubFormatError for a body that isn't a JSON object; ArgumentInvalid for invalid parameters
 */
export function readArguments(operation: Operation, { path, query, body }: RequestParts): unknown[] {
  const parameters = withoutPath(parametersOf(operation), operation, path);
  const hasBody = operation.method === "POST" || operation.method === "PATCH";
  const given = hasBody ? parseBody(body) : parseQuery(parameters, query);
  const values = { ...decodeFields(parameters, given), ...path };
  return arrangeArguments(operation, hasIdentity(operation) ? joinIdentity(values) : values);
}

/** Returns the parameters in the query or body. */
function withoutPath(parameters: Fields, { path }: Operation, given: RequestParts["path"]): Fields {
  const { identity, ...others } = parameters;
  const fields: Fields =
    identity === undefined || path.includes("{identity}")
      ? others
      : { deviceId: identity, moduleId: optional(text()), ...others };
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !Object.hasOwn(given, name)));
}

// An empty body is an empty object.
function parseBody(body: Uint8Array): JsonObject {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    value = parseJson(body);
  } catch (error) {
    // Engines report JSON that isn't valid in different words.
    const isDeep = messageOf(error).endsWith("levels");
    const reason = isDeep ? `: ${messageOf(error)}` : "";
    throw new HubError("IotHubFormatError", `The body must be valid JSON${reason}.`);
  }
  return requireObject(value);
}

// A query has strings only; those that aren't integers fail the check.
function parseQuery(fields: Fields, query: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(query).map(([name, value]) => [
      name,
      Object.hasOwn(fields, name) && fields[name]?.schema.type === "integer" && /^\d{1,15}$/.test(value)
        ? Number(value)
        : value,
    ]),
  );
}

function hasIdentity({ positional }: Operation): boolean {
  return Object.hasOwn(positional, "identity");
}

function joinIdentity({
  deviceId,
  moduleId,
  ...others
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  if (moduleId === undefined) return { identity: deviceId, ...others };
  if (deviceId === undefined) throw invalid("deviceId must be given with moduleId");
  return { identity: `${deviceId}/${moduleId}`, ...others };
}

function decodeFields(fields: Fields, values: JsonObject): Record<string, unknown> {
  checkFields(jsonFields(fields), values);
  const decoded: Record<string, unknown> = { ...values };
  for (const name of Object.keys(fields).filter((each) => fields[each]?.isBinary)) {
    delete decoded[encodingOf(name)];
    const value = values[name];
    if (values[encodingOf(name)] !== "base64" || typeof value !== "string") continue;
    decoded[name] = decodeBase64(value);
    if (decoded[name] === undefined) throw invalid(`${name} must be valid base64`);
  }
  return decoded;
}

function invalid(problem: string): HubError {
  return new HubError("ArgumentInvalid", `${problem}.`);
}
