import { endpointProvider } from "../auth/token-endpoint.ts";
import { checkTokenSource } from "../auth/token-provider.ts";
import { ProvidedToken } from "../connection/provided-token.ts";
import type { ClientOptions } from "./client-options.ts";
import { type ClientKind, type ClientSetup, identityOf, platformOf, setupForHub } from "./client-setup.ts";
import { resolveOptions } from "./resolve-options.ts";

/** Sets up a client with a token provider, and requests the first token. */
export async function setupFromTokenProvider(
  factory: unknown,
  kind: ClientKind,
  source: unknown,
  options: ClientOptions,
): Promise<ClientSetup> {
  const bound = platformOf(factory);
  const { runtime } = bound;
  const resolved = resolveOptions(options, runtime, {
    sastokenTtl: "the provider determines the lifetime of its tokens",
    signingMechanism: "the provider signs the tokens",
  });
  const checked = checkTokenSource(source);
  const { serverVerificationCert, cipher, proxyOptions: proxy } = resolved;
  const transit = { serverVerificationCert, cipher, clientCertificate: undefined, proxy };
  const provider = typeof checked === "function" ? checked : endpointProvider(runtime, transit, checked);
  const timeoutMs = resolved.connectTimeoutMs;
  const credential = new ProvidedToken({
    provider,
    kind,
    requested: typeof checked === "function" ? {} : checked.body,
    clock: runtime.clock,
    timeoutMs,
  });
  const { hostName, deviceId, moduleId } = await credential.subject();
  return setupForHub({
    platform: bound,
    identity: identityOf(kind, "The host name of the SAS token", hostName, deviceId, moduleId),
    host: hostName,
    credential,
    options: resolved,
  });
}
