/** A certificate that was issued for a signing request. */
export interface IssuedCertificate {
  /** base64 of the DER forms: the certificate, the authority that signed it, the root. */
  readonly chain: readonly string[];
  /** SHA-256 of the certificate, hexadecimal. */
  readonly thumbprint: string;
}

/**
 * Issues a certificate for a signing request.
 *
 * @param csr - base64 of the DER form of a request
 * @param commonName - the name that the request must have
 * @throws {HubError} ArgumentInvalid, with what is wrong with the request
 */
export type CertificateIssuer = (csr: string, commonName: string) => Promise<IssuedCertificate>;
