import { type MadeCertificate, makeCertificate, thumbprintOf } from "./certificate-maker.ts";

/** A certificate authority that can sign client certificates. */
export interface TestCertificateAuthority extends MadeCertificate {
  /** PEM of the chain that clients send after a certificate it has signed: itself and those above, without the root. */
  readonly chain: string;
}

/** A client certificate. */
export interface TestCertificate extends MadeCertificate {
  /** PEM of the certificate, followed by the intermediate authorities, if any. */
  readonly cert: string;
  /** SHA-256, hexadecimal, for the registration of a device. */
  readonly thumbprint: string;
  /** SHA-1, hexadecimal, which a registration accepts, too. */
  readonly sha1Thumbprint: string;
}

/** Options of {@link createCertificate} and {@link createCertificateAuthority}. */
export interface CertificateOptions {
  /** The signer; by default the certificate is self-signed. */
  ca?: TestCertificateAuthority;
  /** By default yesterday. */
  notBefore?: Date;
  /** By default in a year. */
  notAfter?: Date;
}

/**
 * Creates a client certificate for tests.
 *
 * @param commonName - the device id, or `device/module`
 * @example
 * const { cert, key, thumbprint } = await createCertificate("thermostat");
 * await hub.createDevice("thermostat", { primaryThumbprint: thumbprint });
 */
export async function createCertificate(
  commonName: string,
  options: CertificateOptions = {},
): Promise<TestCertificate> {
  const { ca, ...dates } = options;
  const issuer = ca === undefined ? {} : { issuer: ca };
  const { cert, key } = await makeCertificate({ commonName, use: "client", ...issuer, ...dates });
  return {
    cert: cert + (ca?.chain ?? ""),
    key,
    thumbprint: thumbprintOf(cert, "sha256"),
    sha1Thumbprint: thumbprintOf(cert, "sha1"),
  };
}

/** Creates a certificate authority for tests: a root, or with `ca` an intermediate one. */
export async function createCertificateAuthority(
  commonName = "test CA",
  options: CertificateOptions = {},
): Promise<TestCertificateAuthority> {
  const { ca, ...dates } = options;
  const issuer = ca === undefined ? {} : { issuer: ca };
  const made = await makeCertificate({ commonName, use: "authority", ...issuer, ...dates });
  return { ...made, chain: ca === undefined ? "" : made.cert + ca.chain };
}
