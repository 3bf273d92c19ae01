import { mustBe } from "../errors.ts";
import { isLoopback } from "../util/loopback.ts";

/** A host, the port that may stand behind it, and whether it is reached with TLS. */
export interface HubAddress {
  readonly host: string;
  readonly port: number | undefined;
  /** False only for `ws://` in front of a host of this machine. */
  readonly secure: boolean;
}

const pattern = /^(?:([a-z]+):\/\/)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;

/**
 * Reads `host` or `host:port`; the hub itself has fixed ports, a local hub has not. A local hub can also be
 * `ws://localhost:port`: WebSockets without TLS, for a page that cannot be told to trust a certificate.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function parseHost(name: string, value: unknown): HubAddress {
  const [, scheme, host = "", digits] = (typeof value === "string" && pattern.exec(value)) || [];
  const port = digits === undefined ? undefined : Number(digits);
  if (host === "" || port === 0 || (port ?? 1) > 65535)
    throw mustBe(name, value, "a host name such as my-hub.azure-devices.net, with ':port' behind it at most");
  if (scheme !== undefined && (scheme !== "ws" || !isLoopback(host)))
    throw mustBe(
      name,
      value,
      `a host name without '${scheme}://': set websockets instead; only a hub on this machine can be ws://localhost:port`,
    );
  return { host: host.replace(/^\[|\]$/g, ""), port, secure: scheme === undefined };
}
