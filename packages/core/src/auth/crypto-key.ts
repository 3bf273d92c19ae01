/** The web's `CryptoKey`, also where Node's types have no global of that name. */
export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;
