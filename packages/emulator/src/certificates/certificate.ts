/** A certificate as the hub reads it; whoever brings connections also brings the reading. */
export interface Certificate {
  /** Hexadecimal, in lower case. */
  readonly sha1: string;
  /** Hexadecimal, in lower case. */
  readonly sha256: string;
  readonly commonName: string | undefined;
  /** Milliseconds since 1970. */
  readonly notBefore: number;
  /** Milliseconds since 1970. */
  readonly notAfter: number;
  /** Whether it may sign certificates. */
  readonly isAuthority: boolean;
  /** Whether the key of `issuer` has signed this one, and the names and rights of the two go together. */
  isIssuedBy(issuer: Certificate): boolean;
}

/** Whether a certificate is the one of a thumbprint, SHA-1 or SHA-256 in any case. */
export function hasThumbprint(certificate: Certificate, thumbprint: string | null): boolean {
  if (thumbprint === null) return false;
  const wanted = thumbprint.toLowerCase();
  return wanted === certificate.sha1 || wanted === certificate.sha256;
}

/** Why a certificate cannot be used at a moment; `undefined` when it can. */
export function outOfDate(what: string, certificate: Certificate, now: number): string | undefined {
  const { notBefore, notAfter } = certificate;
  if (now < notBefore) return `${what} is not valid before ${new Date(notBefore).toISOString()}`;
  if (now > notAfter) return `${what} has expired at ${new Date(notAfter).toISOString()}`;
  return undefined;
}
