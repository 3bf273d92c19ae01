import { type SigningMechanism, signSasToken } from "../../auth/sas-token.ts";

/** The proof of a client's identity, used for each connection attempt. */
export interface Credential {
  readonly kind: "generated" | "supplied" | "provided" | "certificate";
  /** Gets a token that takes longer than signing one; called before each attempt, and before a connection is renewed. */
  prepare?(signal: AbortSignal): Promise<void>;
  /** The password for CONNECT with its expiry, in seconds since 1970; undefined for a certificate. */
  password(nowMs: number, signal?: AbortSignal): Promise<{ password: string; expiry: number } | undefined>;
  /** The hub has accepted it. */
  accepted?(): void;
  /** The hub has refused it. @returns whether a fresh one may be accepted */
  refused?(): boolean;
}

/** Signs a fresh token for each connection. @param ttlSeconds - the lifetime of a token */
export function generatedTokens(
  signer: SigningMechanism,
  resource: string,
  ttlSeconds: number,
  keyName?: string,
): Credential {
  return {
    kind: "generated",
    async password(nowMs) {
      // Rounded up, so that renewing a token of one second always gives one with a later expiry.
      const expiry = Math.ceil(nowMs / 1000 + ttlSeconds);
      return { password: await signSasToken(signer, resource, expiry, keyName), expiry };
    },
  };
}

/** A token that the application supplies and replaces. */
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

/** The certificate of the TLS connection is the only proof. */
export const certificateCredential: Credential = {
  kind: "certificate",
  password: async () => undefined,
};
