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
  if (
    !hostName ||
    devices === undefined ||
    !deviceId ||
    more.length > 0 ||
    (modules !== undefined && !moduleId)
  ) {
    throw invalid(
      "its resource must be '{hub}/devices/{device}' or '{hub}/devices/{device}/modules/{module}'",
    );
  }
  if (devices !== "devices") throw invalid("the second part of its resource must be 'devices'");
  if (modules !== undefined && modules !== "modules")
    throw invalid("the fourth part of its resource must be 'modules'");
  if (kind === "device" && moduleId !== undefined)
    throw invalid("it is for a module, use IoTHubModuleClient");
  if (kind === "module" && moduleId === undefined)
    throw invalid("it is for a device, use IoTHubDeviceClient");
  if (expiry < Math.floor(nowMs / 1000)) {
    throw invalid(`it has expired at ${new Date(expiry * 1000).toISOString()}`);
  }
  return { hostName, deviceId, moduleId, expiry };
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_sas_token", `The SAS token cannot be used: ${rule}`);
}
