import type { MadeCertificate } from "./certificates/node/certificate-maker.ts";

/** Returns an address that leads to a bound one, as URLs have it. */
export function reachable(host: string): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  if (host === "::") return "[::1]";
  return host.includes(":") ? `[${host}]` : host;
}

/**
 * Returns the PEM that clients must trust to connect to a server with its own certificate.
 *
 * @param authority - the one that is known to be its root
 */
export function trustedWith({ cert }: MadeCertificate, authority: MadeCertificate | undefined): string {
  if (authority !== undefined) return authority.cert;
  const chain = cert.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return `${chain.at(-1) ?? cert}\n`;
}
