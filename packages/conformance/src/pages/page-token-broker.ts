import { getRequestListener } from "@hono/node-server";
import { createTokenBroker, type TokenBrokerOptions } from "@isohub/node/token-broker";
import { onTestFinished } from "vitest";
import { audience, type IdentityProvider } from "../identity-provider.ts";
import { serveOnNode } from "../runtimes/broker-suite.ts";

/** Starts a token broker on Node for the pages of an origin, until the test ends. @returns its URL */
export async function startPageBroker(
  idp: IdentityProvider,
  origin: string,
  options: Pick<TokenBrokerOptions, "connectionString" | "devicesOf"> & Partial<TokenBrokerOptions>,
): Promise<string> {
  const broker = createTokenBroker({
    jwks: idp.jwksUrl,
    issuer: idp.issuer,
    audience,
    algorithms: ["RS256"],
    allowedOrigins: [origin],
    ...options,
  });
  const { port, close } = await serveOnNode(getRequestListener(broker));
  onTestFinished(close);
  return `http://localhost:${port}/token`;
}
