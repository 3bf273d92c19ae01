import { type MadeCertificate, makeCertificate } from "./certificate-maker.ts";

/** The certificate of a TLS port. */
export interface ServerCertificates {
  /** PEM of the server certificate, followed by the authority. */
  readonly cert: string;
  /** PEM of the server's private key, PKCS#8. */
  readonly key: string;
}

/** Creates the certificate authority of an emulator, which clients must trust. */
export function makeAuthority(): Promise<MadeCertificate> {
  return makeCertificate({ commonName: "isohub emulator CA", use: "authority" });
}

/**
 * Creates a server certificate.
 *
 * @param names - the DNS names and IP addresses of the server
 */
export async function makeServerCertificates(
  issuer: MadeCertificate,
  names: Iterable<string>,
): Promise<ServerCertificates> {
  const all = [...new Set(names)];
  const commonName = all[0] ?? "localhost";
  const { cert, key } = await makeCertificate({ commonName, use: "server", issuer, names: all });
  return { cert: `${cert}${issuer.cert}`, key };
}
