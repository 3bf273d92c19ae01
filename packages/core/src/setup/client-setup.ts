import { invalidConnectionString, parseConnectionString } from "../auth/connection-string.ts";
import { type Identity, kindMismatch, resourceOf } from "../auth/identity.ts";
import type { SigningMechanism } from "../auth/sas-token.ts";
import { readSuppliedToken, readTokenFor } from "../auth/supplied-token.ts";
import { decodeSymmetricKey } from "../auth/symmetric-key.ts";
import { type ClientCertificate, X509 } from "../auth/x509.ts";
import {
  type Credential,
  certificateCredential,
  generatedTokens,
  SuppliedToken,
} from "../connection/attempt/credential.ts";
import { fixedHub, type HubLocator } from "../connection/attempt/hub-locator.ts";
import { ArgumentError, mustBe } from "../errors.ts";
import { encodeBase64 } from "../util/base64.ts";
import type { OwnedBytes } from "../util/owned-bytes.ts";
import { utf8 } from "../util/text.ts";
import type { ClientOptions } from "./client-options.ts";
import { checkId } from "./device-id.ts";
import { endpointOf } from "./endpoint.ts";
import { parseHost } from "./host-name.ts";
import type { Platform } from "./platform.ts";
import { type ResolvedOptions, requireFeature, resolveOptions } from "./resolve-options.ts";

/** The kind of a client. */
export type ClientKind = "device" | "module";

/** The checked input of a client. */
export interface ClientSetup {
  readonly platform: Platform;
  readonly kind: ClientKind;
  readonly locator: HubLocator;
  readonly options: ResolvedOptions;
}

/** The parts of a setup whose hub is known. */
export interface NamedHub {
  readonly platform: Platform;
  readonly identity: Identity;
  /** The host of the connection string or factory, with its port if it has one. */
  readonly host: string;
  readonly credential: Credential;
  readonly certificate?: ClientCertificate | undefined;
  readonly options: ResolvedOptions;
}

/** @throws {ArgumentError} `invalid_argument` for a host that isn't valid */
export function setupForHub({
  platform,
  identity,
  host,
  credential,
  certificate,
  options,
}: NamedHub): ClientSetup {
  const endpoint = endpointOf(host, options, certificate);
  const kind = identity.moduleId === undefined ? "device" : "module";
  return { platform, kind, locator: fixedHub({ endpoint, identity, credential }), options };
}

/** Creates the credential of a connection string with a SAS token. */
export type TokenReader = (
  token: string,
  identity: Identity,
  options: ClientOptions,
  nowMs: number,
) => Credential;

/** @param readToken - a parameter, so that pages with the lite client don't load the code for tokens */
export function setupFromConnectionString(
  factory: unknown,
  kind: ClientKind,
  connectionString: unknown,
  options: ClientOptions,
  readToken: TokenReader,
): ClientSetup {
  const bound = platformOf(factory);
  const {
    HostName = "",
    DeviceId,
    ModuleId,
    GatewayHostName,
    ...parts
  } = parseConnectionString(connectionString);
  const rule =
    DeviceId === undefined
      ? "must have HostName and DeviceId"
      : (kindMismatch(kind, ModuleId) ?? (parts.x509 && "must have no x509; use createFromX509Certificate"));
  if (rule !== undefined) throw invalidConnectionString(rule);
  const resolved = resolveOptions(options, bound.runtime, {
    gatewayHostname: "use GatewayHostName in the connection string",
    signingMechanism: "the connection string has a key",
  });
  const identity = identityOf(kind, "HostName", HostName, DeviceId, ModuleId);
  const { SharedAccessKey, SharedAccessKeyName, SharedAccessSignature: token } = parts;
  const credential =
    token === undefined
      ? generatedTokens(
          keySigner(bound, SharedAccessKey, "SharedAccessKey"),
          resourceOf(identity),
          resolved.sastokenTtl,
          SharedAccessKeyName,
        )
      : readToken(token, identity, options, bound.runtime.clock.now());
  return setupForHub({
    platform: bound,
    identity,
    host: HostName,
    credential,
    options: { ...resolved, gatewayHostname: GatewayHostName },
  });
}

/**
 * Creates a credential from the token of a connection string. The application renews it like a token of `createFromSastoken`.
 *
 * @throws {ArgumentError} `invalid_sas_token`, `unknown_option`
 */
export const readToken: TokenReader = (token, identity, { sastokenTtl }, nowMs) => {
  if (sastokenTtl !== undefined)
    throw new ArgumentError(
      "unknown_option",
      "Unsupported option 'sastokenTtl': the token has its own expiry",
    );
  const { text, expiry } = readTokenFor(identity, token, nowMs);
  return new SuppliedToken(text, expiry);
};

export function setupFromSymmetricKey(
  factory: unknown,
  kind: ClientKind,
  symmetricKey: unknown,
  ids: { hostname: unknown; deviceId: unknown; moduleId?: unknown },
  options: ClientOptions,
): ClientSetup {
  const bound = platformOf(factory);
  const resolved = resolveOptions(options, bound.runtime);
  const { signingMechanism } = resolved;
  if (signingMechanism !== undefined && symmetricKey !== undefined && symmetricKey !== null) {
    throw new ArgumentError(
      "invalid_argument",
      "Provide only one of the symmetric key and signingMechanism; got both",
    );
  }
  return withSigner(
    bound,
    identityOf(kind, "hostname", ids.hostname, ids.deviceId, ids.moduleId),
    String(ids.hostname),
    signingMechanism ?? keySigner(bound, symmetricKey, "symmetric key"),
    resolved,
  );
}

export function setupFromSastoken(
  factory: unknown,
  kind: ClientKind,
  token: unknown,
  options: ClientOptions,
): ClientSetup {
  const bound = platformOf(factory);
  const resolved = resolveOptions(options, bound.runtime, {
    sastokenTtl: "the token has its own expiry",
    signingMechanism: "the token is already signed",
  });
  const { text, hostName, deviceId, moduleId, expiry } = readSuppliedToken(
    token,
    kind,
    bound.runtime.clock.now(),
  );
  return setupForHub({
    platform: bound,
    identity: identityOf(kind, "The host name of the SAS token", hostName, deviceId, moduleId),
    host: hostName,
    credential: new SuppliedToken(text, expiry),
    options: resolved,
  });
}

export function setupFromX509(
  factory: unknown,
  kind: ClientKind,
  x509: unknown,
  ids: { hostname: unknown; deviceId: unknown; moduleId?: unknown },
  options: ClientOptions,
): ClientSetup {
  const bound = platformOf(factory);
  const certificate = loadX509(bound, x509);
  const resolved = resolveOptions(options, bound.runtime, notWithCertificate);
  return setupForHub({
    platform: bound,
    identity: identityOf(kind, "hostname", ids.hostname, ids.deviceId, ids.moduleId),
    host: String(ids.hostname),
    credential: certificateCredential,
    certificate,
    options: resolved,
  });
}

/** Options that don't apply to certificates, with the reason. */
export const notWithCertificate = {
  sastokenTtl: "a certificate needs no token",
  signingMechanism: "a certificate needs no token",
} as const;

/**
 * Reads a client certificate with the runtime.
 *
 * @throws {ArgumentError} `invalid_certificate`, `invalid_argument`
 * @throws {UnsupportedFeatureError} the runtime doesn't support them
 */
export function loadX509({ runtime }: Platform, x509: unknown): ClientCertificate | undefined {
  requireFeature(runtime, "clientCertificate", "A client certificate");
  if (!(x509 instanceof X509)) throw mustBe("x509", x509, "an X509");
  return runtime.loadCertificate?.(x509);
}

/** Sets up a client whose tokens `signer` signs. */
export function withSigner(
  platform: Platform,
  identity: Identity,
  host: string,
  signer: SigningMechanism,
  options: ResolvedOptions,
  keyName?: string,
): ClientSetup {
  const credential = generatedTokens(signer, resourceOf(identity), options.sastokenTtl, keyName);
  return setupForHub({ platform, identity, host, credential, options });
}

/**
 * Returns the platform of the class that a factory was called on.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function platformOf(factory: unknown): Platform {
  const { platform } = Object(factory) as { readonly platform?: Platform };
  if (platform === undefined) throw notFromFactory();
  return platform;
}

/** Creates the error for `new` with a client's class, a factory that was separated from its class, and the classes of core. */
export function notFromFactory(): ArgumentError {
  return new ArgumentError("invalid_argument", "A client must be created by a factory of its class", {
    remediation: "Call createFromConnectionString of @isohub/node, @isohub/browser or @isohub/deno",
  });
}

/** Signs with a key in memory. @throws {ArgumentError} `invalid_key` */
export function keySigner({ runtime }: Platform, key: unknown, name: string): SigningMechanism {
  const decode = (): OwnedBytes => decodeSymmetricKey(key, name);
  // Checks the key now, and decodes it again for each token: keeping it would take 200 bytes of an idle device.
  decode();
  return { sign: async (data) => encodeBase64(await runtime.crypto.hmacSha256(decode(), utf8(data))) };
}

/** @throws {ArgumentError} `invalid_argument` */
export function identityOf(
  kind: ClientKind,
  hostField: string,
  host: unknown,
  deviceId: unknown,
  moduleId: unknown,
): Identity {
  return {
    hostName: parseHost(hostField, host).host,
    deviceId: checkId("device id", deviceId),
    moduleId: kind === "device" ? undefined : checkId("module id", moduleId),
  };
}
