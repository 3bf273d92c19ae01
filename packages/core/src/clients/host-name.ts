import { ArgumentError } from "../errors.ts";

/** A host with the port that may stand behind it. */
export interface HostAndPort {
  readonly host: string;
  readonly port: number | undefined;
}

const pattern = /^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

/**
 * Reads `host` or `host:port`; the hub itself has fixed ports, a local hub has not.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function parseHost(name: string, value: unknown): HostAndPort {
  const match = typeof value === "string" ? pattern.exec(value) : null;
  const port = match?.[2] === undefined ? undefined : Number(match[2]);
  if (match?.[1] === undefined || port === 0 || (port ?? 1) > 65535) {
    const shown = typeof value === "string" ? `'${value}'` : String(value);
    throw new ArgumentError(
      "invalid_argument",
      `${name} is ${shown}, it must be a host name such as my-hub.azure-devices.net, with ':port' behind it at most`,
    );
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}
