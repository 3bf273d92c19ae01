import { shown } from "../errors.ts";
import { peerText } from "../util/peer-text.ts";
import { decodePercent } from "../util/percent.ts";
import { type Identity, kindMismatch, resourceOf } from "./identity.ts";
import { invalidSasToken, parseSasToken, type SasToken } from "./sas-token.ts";

/** A token from the application or its token provider. */
export interface ReadToken {
  /** The token without the white space around it. */
  readonly text: string;
  /** In seconds since 1970. */
  readonly expiry: number;
}

/** A token that is for one device or module, and whose. */
export interface TokenSubject extends ReadToken {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
}

/**
 * Reads a token of the application, and the identity in it.
 *
 * @param kind - the kind of the client
 * @throws {ArgumentError} `invalid_sas_token`: malformed, not for a device or module of this kind, or expired
 * @source Python `create_from_sastoken`
 */
export function readSuppliedToken(token: unknown, kind: "device" | "module", nowMs: number): TokenSubject {
  const { text, resource, expiry } = read(token, nowMs);
  const [hostName, devices, deviceId, modules, moduleId, ...more] = resource.replace(/\/$/, "").split("/");
  const hasModule = modules === "modules" && moduleId;
  if (
    !hostName ||
    devices !== "devices" ||
    !deviceId ||
    more.length > 0 ||
    (modules !== undefined && !hasModule)
  )
    throw invalidSasToken(
      "must be for '{hub}/devices/{device}', with '/modules/{module}' after it for a module",
      "Sign it for the device, or use a connection string with HostName, DeviceId and SharedAccessSignature",
    );
  const mismatch = kindMismatch(kind, moduleId);
  if (mismatch !== undefined) throw invalidSasToken(mismatch);
  return {
    text,
    expiry,
    hostName,
    deviceId: decodeId(deviceId),
    moduleId: moduleId && decodeId(moduleId),
  };
}

/**
 * Reads the token of a connection string, which has the identity. The token may also be one of a shared access policy for
 * all devices of the hub.
 *
 * @throws {ArgumentError} `invalid_sas_token`: malformed, for another device or hub, or expired
 */
export function readTokenFor(identity: Identity, token: unknown, nowMs: number): ReadToken {
  const { text, resource, expiry } = read(token, nowMs);
  const wanted = resourceOf(identity).split("/");
  const [host = "", ...path] = resource.replace(/\/$/, "").split("/");
  const covers =
    host.replace(/:\d+$/, "").toLowerCase() === identity.hostName.toLowerCase() &&
    path.length < wanted.length &&
    path.every((segment, at) => [segment, decodeId(segment)].includes(wanted[at + 1] ?? ""));
  if (covers) return { text, expiry };
  throw invalidSasToken(
    `must be for '${wanted.join("/")}', got one for '${peerText(resource)}'`,
    "Use the HostName and DeviceId that the token was signed for",
  );
}

function read(token: unknown, nowMs: number): SasToken & { readonly text: string } {
  const text = typeof token === "string" ? token.trim().replace(/;$/, "") : "";
  if (typeof token !== "string")
    throw invalidSasToken(
      `must be a string that starts with 'SharedAccessSignature ', got ${shown(token)}`,
      "Pass the token, not a Promise or response with it",
    );
  const mistake = mistakes.find(([pattern]) => pattern.test(text));
  if (mistake !== undefined) throw invalidSasToken(mistake[1], mistake[2]);
  const fields = parseSasToken(text);
  if (fields.expiry < Math.floor(nowMs / 1000)) {
    throw invalidSasToken(
      `expired at ${new Date(fields.expiry * 1000).toISOString()}`,
      "Get a new token; if it is new, check the clock of this machine",
    );
  }
  return { ...fields, text };
}

/** Strings that are passed instead of a token, or with more than the token. */
const mistakes: readonly [pattern: RegExp, rule: string, remediation: string][] = [
  [/^["'`“‘]/, "must not be in quotes", "Remove the quotes"],
  [/^(authorization:\s*)?bearer /i, "must not start with 'Bearer'", "Pass the token alone"],
  [
    /^(HostName|SharedAccessSignature)=/i,
    "must be a token, got a connection string",
    "Pass it to createFromConnectionString, or only the value of its SharedAccessSignature",
  ],
  [/^eyJ/, "must be a SAS token, got a JWT", "Exchange it at a token broker with createFromTokenProvider"],
];

/** An id as tools encode it, before they encode the resource: all that needs an escape has one, and nothing else. */
const encodedId = /^(?:[\w.!*'()~-]|%(?!2d|2e|3\d|[46][1-9a-f]|[57][\da]|5f)[\da-f]{2})+$/i;

/**
 * Decodes an id that was encoded separately before the resource, as .NET does and the hub accepts. Other ids are returned
 * unchanged.
 *
 * @source .NET `SasTokenBuilder`: "DeviceId and ModuleId need to be double encoded"
 */
function decodeId(id: string): string {
  const decoded = encodedId.test(id) ? decodePercent(id) : id;
  return /^[!-~]+$/.test(decoded) && !decoded.includes("/") ? decoded : id;
}
