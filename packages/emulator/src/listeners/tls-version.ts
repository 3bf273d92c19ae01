/** The TLS versions that a hub can demand at least. */
export const tlsVersions = ["1.2", "1.3"] as const;

/** A TLS version. */
export type TlsVersion = (typeof tlsVersions)[number];
