import { UnsupportedFeatureError } from "@isohub/core";
import { type CryptoProvider, webCrypto } from "@isohub/core/runtime";

/** WebCrypto, which a page has only where it came by https: or from this machine. */
export const pageCrypto: CryptoProvider = {
  async hmacSha256(key, data) {
    if (globalThis.isSecureContext) return webCrypto.hmacSha256(key, data);
    throw new UnsupportedFeatureError("Signing a token is not possible in a page that came by http:", {
      remediation: "Serve the page by https: or from localhost, or use createFromSastoken",
    });
  },
};
