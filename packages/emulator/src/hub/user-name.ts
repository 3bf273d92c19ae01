import { decodePercent } from "@isohub/core/internal";

/** The parts of an MQTT user name. */
export interface HubUserName {
  readonly hostName: string;
  readonly apiVersion: string;
  /** All other parameters, decoded: `DeviceClientType`, `model-id`, `auth-chain` … */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * - `malformed`: not `{host}/{client id}/?api-version=…`
 * - `identityMismatch`: well-formed, but for another client id
 */
export type UserNameFault = "malformed" | "identityMismatch";

/**
 * Parses `{host}/{clientId}/?{key}={value}&…`. An id may itself contain `?`, `#` and `=`, so the client id of the CONNECT
 * determines where it ends. The leading `?` is optional, unknown keys are kept, and the first of equal keys counts.
 *
 * @source IoT Edge `edgeHub`, which reads user names of every SDK generation
 */
export function parseUserName(text: string, clientId: string): HubUserName | UserNameFault {
  const slash = text.indexOf("/");
  if (slash <= 0) return "malformed";
  const hostName = text.slice(0, slash);
  const path = text.slice(slash + 1);
  if (!path.startsWith(`${clientId}/`)) {
    return /\/\??([^/]*&)?api-version=/.test(path) ? "identityMismatch" : "malformed";
  }
  const parameters = parseParameters(path.slice(clientId.length + 1).replace(/^\?/, ""));
  const apiVersion = parameters.get("api-version");
  // The hub's behavior without a version is undefined. The edge hub refuses, and so does this one.
  if (!apiVersion) return "malformed";
  parameters.delete("api-version");
  return { hostName, apiVersion, parameters };
}

function parseParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split("&")) {
    const equals = part.indexOf("=");
    const key = decodePercent(equals < 0 ? part : part.slice(0, equals));
    if (key === "" || parameters.has(key)) continue;
    parameters.set(key, equals < 0 ? "" : decodePercent(part.slice(equals + 1)));
  }
  return parameters;
}
