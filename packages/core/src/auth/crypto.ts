import type { OwnedBytes } from "../util/owned-bytes.ts";

/** The cryptography that a client needs: an HMAC. It is injected, so that a key can also be in a TPM or behind a service. */
export interface CryptoProvider {
  /** Returns the HMAC-SHA256 of `data` with `key`. */
  hmacSha256(key: OwnedBytes, data: OwnedBytes): Promise<OwnedBytes>;
}

/** WebCrypto, which every runtime has. A page has it only if it was served over https or by localhost. */
export const webCrypto: CryptoProvider = {
  async hmacSha256(key, data) {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  },
};

/** Returns an HMAC-SHA256 from WebCrypto. */
export function hmacSha256(key: OwnedBytes, data: OwnedBytes): Promise<OwnedBytes> {
  return webCrypto.hmacSha256(key, data);
}

/** A function like `createHmac` of `node:crypto`. */
export type CreateHmac = (
  algorithm: "sha256",
  key: Uint8Array,
) => { update(data: Uint8Array): { digest(): Uint8Array } };

/**
 * Creates a provider that signs in place. WebCrypto hands each of its two steps to another thread, which takes a tenth of the
 * time of a connection.
 */
export function hmacCrypto(createHmac: CreateHmac): CryptoProvider {
  return {
    async hmacSha256(key, data) {
      return new Uint8Array(createHmac("sha256", key).update(data).digest());
    },
  };
}
