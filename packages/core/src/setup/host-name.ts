import { mustBe } from "../errors.ts";
import { isLoopback } from "../util/loopback.ts";

/** A host, its port if it has one, and whether it uses TLS. */
export interface HubAddress {
  readonly host: string;
  readonly port: number | undefined;
  /** False only for `ws://` with a host on this machine. */
  readonly secure: boolean;
}

const pattern = /^(?:([a-z]+):\/\/)?(\[[\dA-Fa-f:.]+\]|[\w.-]+)(?::(\d{1,5}))?$/;

/**
 * Parses `host` or `host:port`; only local hubs need a port. A local hub can also be `ws://localhost:port`, for
 * WebSockets without TLS: a page can't be made to trust a certificate.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function parseHost(name: string, value: unknown): HubAddress {
  const [, scheme, host = "", digits] = (typeof value === "string" && pattern.exec(value)) || [];
  const port = digits === undefined ? undefined : Number(digits);
  if (host === "" || port === 0 || (port ?? 1) > 65535)
    throw mustBe(name, value, "a host name such as my-hub.azure-devices.net, optionally with ':port'");
  if (scheme !== undefined && (scheme !== "ws" || !isLoopback(host)))
    throw mustBe(
      name,
      value,
      `a host name without '${scheme}://': set websockets instead; a hub on this machine can be ws://localhost:port`,
    );
  return { host: host.replace(/^\[|\]$/g, ""), port, secure: scheme === undefined };
}
