import { createSecureContext, type SecureContext } from "node:tls";
import { makeCertificate } from "../packages/emulator/src/certificates/node/certificate-maker.ts";

/** A certificate of a fault proxy. */
export type CertificateName = "valid" | "expired" | "other name" | "untrusted";

/** The certificates of fault proxies. */
export interface ProxyCertificates {
  /** The authority that clients trust, in PEM. */
  readonly ca: string;
  readonly contexts: Readonly<Record<CertificateName, SecureContext>>;
}

/** Creates certificates for all hosts of a domain. */
export async function createProxyCertificates(domain: string): Promise<ProxyCertificates> {
  const commonName = "matrix";
  const authority = await makeCertificate({ commonName: "matrix authority", use: "authority" });
  const otherAuthority = await makeCertificate({ commonName: "another authority", use: "authority" });
  const template = { commonName, use: "server", issuer: authority, names: [`*.${domain}`] } as const;
  const hour = 3_600_000;
  const [valid, expired, otherName, untrusted] = await Promise.all([
    makeCertificate(template),
    makeCertificate({ ...template, notAfter: new Date(Date.now() - hour) }),
    makeCertificate({ ...template, names: ["hub.example"] }),
    makeCertificate({ ...template, issuer: otherAuthority }),
  ]);
  return {
    ca: authority.cert,
    contexts: {
      valid: createSecureContext(valid),
      expired: createSecureContext(expired),
      "other name": createSecureContext(otherName),
      untrusted: createSecureContext(untrusted),
    },
  };
}
