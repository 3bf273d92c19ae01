import { type KeyKind, type MadeCertificate, makeCertificate } from "./certificate-maker.ts";

/** The certificate of a TLS port. */
export interface ServerCertificates {
  /** PEM of the server certificate, followed by the intermediate authority if there is one. Clients have the root. */
  readonly cert: string;
  /** PEM of the server's private key, PKCS#8. */
  readonly key: string;
}

/** The signers of server certificates: the root, or an intermediate authority below it, as in Azure. */
export const certificateChains = ["root", "intermediate"] as const;

/** A signer of server certificates. */
export type CertificateChain = (typeof certificateChains)[number];

/** The form of a server's certificates. */
export interface CertificateForm {
  readonly certificateKey: KeyKind;
  readonly certificateChain: CertificateChain;
}

/** Creates the certificate authority of an emulator, which clients must trust. */
export function makeAuthority(keyKind?: KeyKind): Promise<MadeCertificate> {
  return makeCertificate({ commonName: "isohub emulator CA", use: "authority", ...(keyKind && { keyKind }) });
}

/**
 * Creates a server certificate.
 *
 * @param names - the DNS names and IP addresses of the server
 */
export async function makeServerCertificates(
  root: MadeCertificate,
  names: Iterable<string>,
  { certificateKey: keyKind, certificateChain }: CertificateForm = {
    certificateKey: "ec",
    certificateChain: "root",
  },
): Promise<ServerCertificates> {
  const all = [...new Set(names)];
  const commonName = all[0] ?? "localhost";
  const issuer =
    certificateChain === "root"
      ? root
      : await makeCertificate({
          commonName: "isohub emulator intermediate CA",
          use: "authority",
          issuer: root,
          keyKind,
        });
  const { cert, key } = await makeCertificate({ commonName, use: "server", issuer, names: all, keyKind });
  return { cert: issuer === root ? cert : `${cert}${issuer.cert}`, key };
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
