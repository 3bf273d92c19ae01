import { UnsupportedFeatureError } from "@isohub/core";
import { type CryptoProvider, webCrypto } from "@isohub/core/runtime";

/** WebCrypto, which browsers provide only over `https:` or on `localhost`. */
export const pageCrypto: CryptoProvider = {
  async hmacSha256(key, data) {
    if (globalThis.isSecureContext) return webCrypto.hmacSha256(key, data);
    throw new UnsupportedFeatureError("A page loaded over http: can't sign tokens", {
      remediation: "Serve the page over https: or from localhost, or use createFromSastoken",
    });
  },
};
