/** The cryptography that a client needs: an HMAC. It is injected, so that a key can also be in a TPM or behind a service. */
export interface CryptoProvider {
  /** Returns the HMAC-SHA256 of `data` with `key`. */
  hmacSha256(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
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
export function hmacSha256(
  key: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return webCrypto.hmacSha256(key, data);
}
