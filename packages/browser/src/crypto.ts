import { UnsupportedFeatureError } from "@isohub/core";
import { type CryptoProvider, webCrypto } from "@isohub/core/runtime";

/** WebCrypto, which browsers provide only over `https:` or on `localhost`, and simulated pages not at all. */
export const pageCrypto: CryptoProvider = {
  async hmacSha256(key, data) {
    if (globalThis.crypto?.subtle !== undefined) return webCrypto.hmacSha256(key, data);
    const [where, fix] =
      globalThis.isSecureContext === false
        ? ["A page loaded over http:", "Serve the page over https: or from localhost"]
        : ["An environment without crypto.subtle", "Run this code in a browser"];
    throw new UnsupportedFeatureError(`${where} can't sign tokens`, {
      remediation: `${fix}, or use createFromSastoken`,
    });
  },
};
