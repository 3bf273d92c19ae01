import type { Operation } from "../control/operation.ts";
import { encodingOf } from "../schema/binary.ts";
import { nameArguments, parametersOf } from "../schema/signature.ts";
import { encodeBase64 } from "./base64.ts";

/** An operation as an HTTP request. */
export interface ControlRequest {
  readonly method: string;
  /** Path and query below the URL of the control API. */
  readonly path: string;
  /** JSON. */
  readonly body?: string;
}

/** Writes a call of an operation as a request. */
export function toRequest(operation: Operation, args: readonly unknown[]): ControlRequest {
  const { method } = operation;
  const values = encode(operation, nameArguments(operation, args));
  const inPath = new Set<string>();
  const path = expandIdentity(operation.path, values).replace(/\{(\+?)(\w+)\}/g, (_all, plus, name) => {
    inPath.add(name);
    const value = String(values[name]);
    return (plus === "" ? [value] : value.split("/")).map(encodeURIComponent).join("/");
  });
  const others = Object.entries(values).filter(([name]) => !inPath.has(name));
  if (method === "POST" || method === "PATCH") {
    return { method, path, body: JSON.stringify(Object.fromEntries(others)) };
  }
  const query = new URLSearchParams(
    Object.fromEntries(others.map(([name, value]) => [name, String(value)])),
  ).toString();
  return { method, path: query === "" ? path : `${path}?${query}` };
}

/** Replaces `identity` with `deviceId` and `moduleId`, and bytes with base64. */
function encode(operation: Operation, values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { identity, ...others } = values;
  const encoded: Record<string, unknown> = others;
  for (const [name, { isBinary }] of Object.entries(parametersOf(operation))) {
    const value = encoded[name];
    if (isBinary !== true || !(value instanceof Uint8Array)) continue;
    encoded[name] = encodeBase64(value);
    encoded[encodingOf(name)] = "base64";
  }
  if (typeof identity !== "string") return encoded;
  const [deviceId, moduleId] = identity.split("/");
  return { deviceId, ...(moduleId === undefined ? {} : { moduleId }), ...encoded };
}

function expandIdentity(path: string, values: Readonly<Record<string, unknown>>): string {
  const expanded = "moduleId" in values ? "{deviceId}/modules/{moduleId}" : "{deviceId}";
  return path.replace("{identity}", expanded);
}
