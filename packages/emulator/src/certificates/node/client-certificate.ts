import { type MadeCertificate, makeCertificate, thumbprintOf } from "./certificate-maker.ts";

/** A certificate authority that can sign client certificates. */
export interface TestCertificateAuthority extends MadeCertificate {
  /** PEM of what has to be sent with certificates it signs: itself and those above it, without the root. */
  readonly chain: string;
}

/** A client certificate. */
export interface TestCertificate extends MadeCertificate {
  /** PEM of the certificate, followed by the authorities between it and the root, if any. */
  readonly cert: string;
  /** SHA-256, hexadecimal: what a device is registered with. */
  readonly thumbprint: string;
  /** SHA-1, hexadecimal, which does as well. */
  readonly sha1Thumbprint: string;
}

/** Options of {@link createCertificate} and {@link createCertificateAuthority}. */
export interface CertificateOptions {
  /** Who signs; a certificate that nobody else signs when left out. */
  ca?: TestCertificateAuthority;
  /** Yesterday when left out. */
  notBefore?: Date;
  /** In a year when left out. */
  notAfter?: Date;
}

/**
 * Makes a client certificate for tests.
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

/** Makes a certificate authority for tests: a root, or with `ca` one below it. */
export async function createCertificateAuthority(
  commonName = "test CA",
  options: CertificateOptions = {},
): Promise<TestCertificateAuthority> {
  const { ca, ...dates } = options;
  const issuer = ca === undefined ? {} : { issuer: ca };
  const made = await makeCertificate({ commonName, use: "authority", ...issuer, ...dates });
  return { ...made, chain: ca === undefined ? "" : made.cert + ca.chain };
}
