import { createServer } from "node:http";
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from "jose";
import { listenLocally } from "./local-server.ts";

/** The claims of a JWT. Those left out are valid. */
export interface JwtClaims {
  readonly sub: string;
  readonly iss?: string;
  readonly aud?: string;
  /** Its lifetime, in seconds. */
  readonly lifetime?: number;
}

/** The audience that the examples require. */
export const audience = "device-tokens";

/** An identity provider: issues JWTs to users, and publishes its public key. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly jwksUrl: string;
  jwt(claims: JwtClaims): Promise<string>;
  /** Returns forged JWTs, by an attacker who knows only what is public. */
  forged(claims: JwtClaims): Promise<{ none: string; keyConfusion: string; otherKey: string }>;
  close(): Promise<void>;
}

export async function startIdentityProvider(): Promise<IdentityProvider> {
  const { publicKey, privateKey } = await generateKeyPair("RS256", { extractable: true });
  const jwks = JSON.stringify({
    keys: [{ ...(await exportJWK(publicKey)), kid: "k1", alg: "RS256", use: "sig" }],
  });
  const server = createServer((_request, response) => response.end(jwks));
  const issuer = `http://localhost:${await listenLocally(server)}/`;
  const claimsOf = ({ sub, iss = issuer, aud = audience, lifetime = 300 }: JwtClaims) => {
    const exp = Math.floor(Date.now() / 1000) + lifetime;
    return { sub, iss, aud, exp };
  };
  const sign = (claims: JwtClaims, alg: string, key: CryptoKey | Uint8Array): Promise<string> =>
    new SignJWT(claimsOf(claims)).setProtectedHeader({ alg, kid: "k1" }).sign(key);
  return {
    issuer,
    jwksUrl: `${issuer}keys`,
    jwt: (claims) => sign(claims, "RS256", privateKey),
    async forged(claims) {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
      const attacker = await generateKeyPair("RS256");
      return {
        none: `${part({ alg: "none" })}.${part(claimsOf(claims))}.`,
        keyConfusion: await sign(claims, "HS256", new TextEncoder().encode(await exportSPKI(publicKey))),
        otherKey: await sign(claims, "RS256", attacker.privateKey),
      };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
