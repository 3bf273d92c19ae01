import { decodePercent } from "@isohub/core/internal";

/** What an MQTT user name says. */
export interface HubUserName {
  readonly hostName: string;
  readonly apiVersion: string;
  /** Every other parameter, decoded: `DeviceClientType`, `model-id`, `auth-chain` … */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * - `malformed`: not `{host}/{client id}/?api-version=…`
 * - `identityMismatch`: well formed, but made out to another client id
 */
export type UserNameFault = "malformed" | "identityMismatch";

/**
 * Reads `{host}/{clientId}/?{key}={value}&…`. An id may itself hold `?`, `#` and `=`, so the client id of the CONNECT
 * says where it ends. The leading `?` is optional, unknown keys are kept, the first of equal keys counts.
 *
 * @source IoT Edge `edgeHub`, which reads user names of every SDK generation
 */
export function parseUserName(text: string, clientId: string): HubUserName | UserNameFault {
  const slash = text.indexOf("/");
  if (slash <= 0) return "malformed";
  const hostName = text.slice(0, slash);
  const rest = text.slice(slash + 1);
  if (!rest.startsWith(`${clientId}/`)) {
    return /\/\??([^/]*&)?api-version=/.test(rest) ? "identityMismatch" : "malformed";
  }
  const parameters = parseParameters(rest.slice(clientId.length + 1).replace(/^\?/, ""));
  const apiVersion = parameters.get("api-version");
  // Without a version the behaviour of the hub is undefined; the edge hub refuses, and so do we.
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
