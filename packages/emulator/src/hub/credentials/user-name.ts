import { decodePercent } from "@isohub/core/internal";

/** The parts of an MQTT user name. */
export interface HubUserName {
  readonly hostName: string;
  /** `undefined` if the client sends none. The behavior of the real hub is undefined then. */
  readonly apiVersion: string | undefined;
  /** All other parameters, decoded: `DeviceClientType`, `model-id`, `auth-chain` … */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * - `malformed`: not `{host}/{client id}` with or without parameters
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
  if (path !== clientId && !path.startsWith(`${clientId}/`)) {
    return /\/\??([^/]*&)?api-version=/.test(path) ? "identityMismatch" : "malformed";
  }
  const query = path.slice(clientId.length + 1);
  // Not the client id `device` of a user name for `device/module`.
  if (query !== "" && !/^(\?|[^/?]*=)/.test(query)) return "malformed";
  const parameters = parseParameters(query.replace(/^\?/, ""));
  const apiVersion = parameters.get("api-version") || undefined;
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
