// Certificate signing requests; a separate entry, because few devices create any.
export {
  type CertificateLibraries,
  CertificateRequest,
  type CreateCertificateRequest,
  certificateRequestsWith,
  type Pkcs10Library,
} from "./auth/certificate-request.ts";
