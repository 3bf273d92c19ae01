import { isIP } from "node:net";

/** Returns a host as URLs and connection strings have it, where a port may follow: an IPv6 address in brackets. */
export function bracketed(host: string): string {
  return isIP(host) === 6 ? `[${host}]` : host;
}

/** Returns the control API at the plain port of a hub. @param host - the address that the port is bound to */
export function plainControlUrl(host: string, plainPort: number): string {
  return `http://${reachable(host)}:${plainPort}/control`;
}

/** Returns an address that leads to a bound one, as URLs have it. */
function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return bracketed(host);
}
