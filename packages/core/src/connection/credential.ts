import { type SigningMechanism, signSasToken } from "../auth/sas-token.ts";

/** What a client proves its identity with, asked for at each dial. */
export interface Credential {
  readonly kind: "generated" | "supplied" | "provided" | "certificate";
  /** Fetches what takes longer than a signature: before each dial, and before a connection is renewed. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** The password for CONNECT and when it ends, in seconds since 1970; neither for a certificate. */
  password(nowMs: number, signal?: AbortSignal): Promise<{ password: string; expiry: number } | undefined>;
  /** The hub has accepted it. */
  accepted?(): void;
  /** The hub has refused it. @returns whether another one may do */
  refused?(): boolean;
}

/** Signs a fresh token for each connection. @param ttlSeconds - how long a token lives */
export function generatedTokens(
  signer: SigningMechanism,
  resource: string,
  ttlSeconds: number,
  keyName?: string,
): Credential {
  return {
    kind: "generated",
    async password(nowMs) {
      // Rounded up: rounded down, a token of a second could be renewed into one with the same end, over and over.
      const expiry = Math.ceil(nowMs / 1000 + ttlSeconds);
      return { password: await signSasToken(signer, resource, expiry, keyName), expiry };
    },
  };
}

/** A token that the application brings and replaces. */
export class SuppliedToken implements Credential {
  readonly kind = "supplied";
  #token: string;
  #expiry: number;

  /** @param expiry - in seconds since 1970 */
  constructor(token: string, expiry: number) {
    this.#token = token;
    this.#expiry = expiry;
  }

  replace(token: string, expiry: number): void {
    this.#token = token;
    this.#expiry = expiry;
  }

  async password(): Promise<{ password: string; expiry: number }> {
    return { password: this.#token, expiry: this.#expiry };
  }
}

/** The certificate of the TLS connection is all there is to show. */
export const certificateCredential: Credential = {
  kind: "certificate",
  password: async () => undefined,
};
