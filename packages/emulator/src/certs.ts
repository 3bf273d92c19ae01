import { makeCertificate } from "./certificate-maker.ts";

/** A certificate authority made for one emulator, and the server certificate it signed. */
export interface ServerCertificates {
  /** PEM of the authority: what clients have to trust. */
  readonly ca: string;
  /** PEM of the server certificate, followed by the authority. */
  readonly cert: string;
  /** PEM of the server's private key, PKCS#8. */
  readonly key: string;
}

/**
 * Makes an authority and a server certificate for the given names.
 *
 * @param names - DNS names and IP addresses the server is reached under
 */
export async function makeServerCertificates(names: Iterable<string>): Promise<ServerCertificates> {
  const all = [...new Set(names)];
  const issuer = await makeCertificate({ commonName: "isohub emulator CA", use: "authority" });
  const commonName = all[0] ?? "localhost";
  const { cert, key } = await makeCertificate({ commonName, use: "server", issuer, names: all });
  return { ca: issuer.cert, cert: `${cert}${issuer.cert}`, key };
}
