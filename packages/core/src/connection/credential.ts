import { type SigningMechanism, signSasToken } from "../auth/sas-token.ts";

/** What a client proves its identity with, asked for at each dial. */
export interface Credential {
  readonly kind: "generated" | "supplied" | "certificate";
  /** The password for CONNECT and when it ends, in seconds since 1970; neither for a certificate. */
  password(nowMs: number): Promise<{ password: string; expiry: number } | undefined>;
}

/** Signs a fresh token for each connection. @param ttlSeconds - how long a token lives */
export function generatedTokens(signer: SigningMechanism, resource: string, ttlSeconds: number): Credential {
  return {
    kind: "generated",
    async password(nowMs) {
      const expiry = Math.floor(nowMs / 1000 + ttlSeconds);
      return { password: await signSasToken(signer, resource, expiry), expiry };
    },
  };
}
