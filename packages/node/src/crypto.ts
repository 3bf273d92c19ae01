import { type CryptoProvider, hmacCrypto } from "@isohub/core/runtime";

/** Node's own HMAC. */
export const nodeCrypto: CryptoProvider = hmacCrypto((algorithm, key) =>
  process.getBuiltinModule("node:crypto").createHmac(algorithm, key),
);
