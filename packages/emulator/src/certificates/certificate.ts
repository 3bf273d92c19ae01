/** A parsed certificate. The hub does not parse certificates itself: listeners and options supply them. */
export interface Certificate {
  /** Hexadecimal in lower case. */
  readonly sha1: string;
  /** Hexadecimal in lower case. */
  readonly sha256: string;
  readonly commonName: string | undefined;
  /** In milliseconds since 1970. */
  readonly notBefore: number;
  /** In milliseconds since 1970. */
  readonly notAfter: number;
  /** Whether it may sign certificates. */
  readonly isAuthority: boolean;
  /** Whether the key of `issuer` has signed this certificate, and its name and key usage match. */
  isIssuedBy(issuer: Certificate): boolean;
}

/** Whether a certificate has a thumbprint, which is SHA-1 or SHA-256 in any case. */
export function hasThumbprint(certificate: Certificate, thumbprint: string | null): boolean {
  if (thumbprint === null) return false;
  const wanted = thumbprint.toLowerCase();
  return wanted === certificate.sha1 || wanted === certificate.sha256;
}

/** Returns why a certificate is not valid at a time, or `undefined` if it is. @param subject - its name in the reason */
export function outOfDate(subject: string, certificate: Certificate, now: number): string | undefined {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return `${subject} is not valid before ${new Date(notBefore).toISOString()}`;
  if (now > notAfter) return `${subject} has expired at ${new Date(notAfter).toISOString()}`;
  return undefined;
}
