import { ArgumentError } from "../errors.ts";
import { decodePercent } from "../util/percent.ts";
import { parseSasToken } from "./sas-token.ts";

/** Whom a token stands for, read from its resource. */
export interface TokenSubject {
  readonly hostName: string;
  readonly deviceId: string;
  readonly moduleId: string | undefined;
  /** In seconds since 1970. */
  readonly expiry: number;
}

/** What is wrong with a credential of the other kind of client; undefined when nothing is. */
export function wrongKind(kind: "device" | "module", moduleId: string | undefined): string | undefined {
  if ((kind === "module") === (moduleId !== undefined)) return undefined;
  return kind === "device"
    ? "it is for a module, use IoTHubModuleClient"
    : "it is for a device, use IoTHubDeviceClient";
}

/**
 * Reads a token that the application brings.
 *
 * @param kind - what the client is; the token must be for the same
 * @throws {ArgumentError} `invalid_sas_token` — unreadable, for something else than a device or module, or expired
 * @source Python `create_from_sastoken`
 */
export function readSuppliedToken(token: unknown, kind: "device" | "module", nowMs: number): TokenSubject {
  const { resourceText, expiry } = parseSasToken(token);
  // Split before ids are decoded once more: the resource as a whole is encoded, so a "/" in it is a separator.
  const [hostName, devices, deviceId, modules, moduleId, ...more] = decodePercent(resourceText).split("/");
  const isModule = modules === "modules" && moduleId;
  if (
    !hostName ||
    devices !== "devices" ||
    !deviceId ||
    more.length > 0 ||
    (modules !== undefined && !isModule)
  )
    throw invalid(
      "its resource must be '{hub}/devices/{device}', with '/modules/{module}' behind it for a module",
    );
  const other = wrongKind(kind, moduleId);
  if (other !== undefined) throw invalid(other);
  if (expiry < Math.floor(nowMs / 1000)) {
    throw invalid(`it has expired at ${new Date(expiry * 1000).toISOString()}`);
  }
  return { hostName, deviceId, moduleId, expiry };
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_sas_token", `The SAS token cannot be used: ${rule}`);
}
