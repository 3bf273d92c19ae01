// The entry `csr` in web pages and workers, where keys of certificates have no place to be kept.
import { UnsupportedFeatureError } from "@isohub/browser";
import type { CreateCertificateRequest } from "@isohub/core/csr";

export { CertificateRequest, type CreateCertificateRequest } from "@isohub/core/csr";

/** @throws {UnsupportedFeatureError} `unsupported_feature`, always */
export const createCertificateRequest: CreateCertificateRequest = () => {
  throw new UnsupportedFeatureError(
    "createCertificateRequest() needs Node or Deno: a page can't connect with a client certificate",
    { remediation: "Use a token broker in pages" },
  );
};
