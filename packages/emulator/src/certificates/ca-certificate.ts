import type { Certificate } from "./certificate.ts";

/** A certificate authority that the hub trusts to sign for devices. */
export interface CaCertificate {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly thumbprint: string;
  readonly commonName: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
}

/** Returns the public view of an authority. */
export function caCertificateView({
  sha256,
  commonName = "",
  notBefore,
  notAfter,
}: Certificate): CaCertificate {
  return {
    thumbprint: sha256,
    commonName,
    notBefore: new Date(notBefore).toISOString(),
    notAfter: new Date(notAfter).toISOString(),
  };
}
