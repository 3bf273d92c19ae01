/** Certificate signing requests; apart from the rest, because few devices make any. */
export {
  CertificateRequest,
  makeCertificateRequest,
  type Pkcs10Library,
} from "./auth/certificate-request.ts";
