/** A `CryptoKey`, also where Node's types have no global of that name. */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
