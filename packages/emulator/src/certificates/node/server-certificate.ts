import { type MadeCertificate, makeCertificate } from "./certificate-maker.ts";

/** What a TLS port shows. */
export interface ServerCertificates {
  /** PEM of the server certificate, followed by the authority. */
  readonly cert: string;
  /** PEM of the server's private key, PKCS#8. */
  readonly key: string;
}

/** Makes the authority of an emulator: its certificate is what clients have to trust. */
export function makeAuthority(): Promise<MadeCertificate> {
  return makeCertificate({ commonName: "isohub emulator CA", use: "authority" });
}

/**
 * Makes a server certificate for the given names.
 *
 * @param names - DNS names and IP addresses the server is reached under
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
