import { createHmac } from "node:crypto";
import { type CryptoProvider, hmacCrypto } from "@isohub/core/internal";

/** The HMAC of servers, which check a token for each device that connects. */
export const serverCrypto: CryptoProvider = hmacCrypto(createHmac);
