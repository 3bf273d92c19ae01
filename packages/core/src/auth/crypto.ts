/** The cryptography a client needs: one HMAC. Injected, so that a key can also live in a TPM or behind a service. */
export interface CryptoProvider {
  /** HMAC-SHA256 of `data` under `key`. */
  hmacSha256(key: Uint8Array<ArrayBuffer>, data: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/** WebCrypto, which every runtime has. A page has it only on https and on localhost. */
export const webCrypto: CryptoProvider = {
  async hmacSha256(key, data) {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  },
};

/** HMAC-SHA256 through WebCrypto. */
export function hmacSha256(
  key: Uint8Array<ArrayBuffer>,
  data: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  return webCrypto.hmacSha256(key, data);
}
