import { HubError } from "../../hub/hub-error.ts";
import type { Certificate } from "../certificate.ts";
import { parseCertificate } from "./node-certificate.ts";

/** A certificate authority that the hub trusts for devices. */
export interface CaCertificate {
  /** SHA-256 of the certificate, hexadecimal. */
  readonly thumbprint: string;
  readonly commonName: string;
  /** ISO 8601 in UTC. */
  readonly notBefore: string;
  /** ISO 8601 in UTC. */
  readonly notAfter: string;
}

/** Reads the certificate of an authority. @throws {HubError} ArgumentInvalid */
export function parseCaCertificate(pem: string): Certificate {
  try {
    return parseCertificate(pem);
  } catch {
    throw new HubError("ArgumentInvalid", "The certificate authority is not a certificate in PEM.");
  }
}

/** What is shown of an authority. */
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
