import { type CreateCertificateRequest, certificateRequestsWith } from "@isohub/core/csr";

export { CertificateRequest, type CreateCertificateRequest } from "@isohub/core/csr";

/** Creates a private key and a certificate signing request for it. See {@link CreateCertificateRequest}. */
export const createCertificateRequest: CreateCertificateRequest = certificateRequestsWith({
  reflectMetadata: () => import("reflect-metadata"),
  x509: () => import("@peculiar/x509"),
  install: "npm install @peculiar/x509 reflect-metadata",
});
