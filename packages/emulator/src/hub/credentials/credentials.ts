import type { Clock, CryptoProvider } from "@isohub/core/internal";
import { type Certificate, hasThumbprint, outOfDate } from "../../certificates/certificate.ts";
import type { RefusalReason } from "../events/events.ts";
import type { HostNames } from "../host-names.ts";
import { type Identity, identityKey } from "../identities/identity.ts";
import type { IdentityRecord, Registry } from "../identities/registry.ts";
import type { Throttles } from "../limits/throttles.ts";
import type { CertificateAuthorities } from "./certificate-authorities.ts";
import type { Permission, SharedAccessPolicy } from "./policies.ts";
import { verifySas } from "./sas-verification.ts";

/** The identities, keys and authorities that credentials are checked against. */
export interface AuthContext {
  readonly clock: Clock;
  readonly hostNames: HostNames;
  readonly sasClockSkewSeconds: number;
  /** Whether a user name must have an `api-version`. */
  readonly requireApiVersion: boolean;
  readonly throttles: Throttles;
  readonly registry: Registry;
  readonly policies: ReadonlyMap<string, SharedAccessPolicy>;
  readonly authorities: CertificateAuthorities;
  /** Verifies signatures. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
}

/** The credentials that a client presents for an identity. */
export interface PresentedCredentials {
  /** A SAS token. */
  readonly token: string | undefined;
  /** The certificate of the TLS connection with its chain, leaf first. */
  readonly certificates: readonly Certificate[];
}

/** The result of valid credentials. */
export interface Proof {
  /** The owner of the key or certificate: the identity itself, or the hub if it is a policy's. */
  readonly scope: "device" | "module" | "hub";
  readonly type: "sas" | "x509";
  /** The end of a token, in milliseconds since 1970. */
  readonly expiresAt?: number;
}

/** The reason why credentials are not valid. */
export interface AuthFailure {
  readonly reason: RefusalReason;
  readonly detail: string;
}

/** Checks that an identity exists and is enabled, and that the credentials are its own. */
export async function authenticate(
  context: AuthContext,
  identity: Identity,
  presented: PresentedCredentials,
): Promise<Proof | AuthFailure> {
  const key = identityKey(identity);
  const record = context.registry.find(identity);
  if (record === undefined) return { reason: "unknownDevice", detail: `'${key}' is not registered` };
  const device = context.registry.find({ deviceId: identity.deviceId });
  if (record.status === "disabled" || device?.status === "disabled") {
    return { reason: "deviceDisabled", detail: `'${key}' is disabled` };
  }
  if (record.authentication === "none") {
    return { reason: "authenticationMismatch", detail: `'${key}' is registered without credentials` };
  }
  if (record.authentication !== "sas") return checkCertificate(context, record, presented);
  if (presented.token !== undefined) return checkToken(context, record, presented.token);
  const detail = "there is no SAS token";
  return presented.certificates.length === 0
    ? { reason: "badCredential", detail }
    : {
        reason: "authenticationMismatch",
        detail: `${detail}, and '${key}' is not registered for certificates`,
      };
}

/** Checks the SAS token of a service. Returns why it doesn't grant a permission, or `undefined` if it does. */
export async function authorize(
  context: AuthContext,
  token: string,
  permission: Permission,
  path: readonly string[],
): Promise<string | undefined> {
  const { hostNames, policies, sasClockSkewSeconds: skewSeconds } = context;
  const now = context.clock.now();
  const verdict = await verifySas(token, {
    hostNames,
    path,
    keys: [],
    policies,
    permission,
    now,
    skewSeconds,
    crypto: context.crypto,
  });
  return verdict.ok ? undefined : verdict.reason;
}

async function checkToken(
  context: AuthContext,
  record: IdentityRecord,
  token: string,
): Promise<Proof | AuthFailure> {
  const { deviceId, moduleId } = record;
  const verdict = await verifySas(token, {
    hostNames: context.hostNames,
    path: moduleId === undefined ? ["devices", deviceId] : ["devices", deviceId, "modules", moduleId],
    keys: [record.primaryKey, record.secondaryKey],
    policies: context.policies,
    permission: "DeviceConnect",
    now: context.clock.now(),
    skewSeconds: context.sasClockSkewSeconds,
    crypto: context.crypto,
  });
  if (!verdict.ok) return { reason: "badCredential", detail: verdict.reason };
  // The identity may have been changed or deleted while the signature was computed.
  if (context.registry.find(record) !== record)
    return { reason: "badCredential", detail: "the identity has just been changed" };
  return {
    scope: verdict.policy !== undefined ? "hub" : scopeOf(record),
    type: "sas",
    expiresAt: (verdict.expiry + context.sasClockSkewSeconds) * 1000,
  };
}

function checkCertificate(
  context: AuthContext,
  record: IdentityRecord,
  presented: PresentedCredentials,
): Proof | AuthFailure {
  const [leaf] = presented.certificates;
  const key = identityKey(record);
  if (presented.token !== undefined) {
    const detail = `there is a password, and '${key}' is registered for certificates`;
    return { reason: "authenticationMismatch", detail };
  }
  if (leaf === undefined) {
    return {
      reason: "noCertificate",
      detail: `there is no client certificate, and '${key}' must present one`,
    };
  }
  const now = context.clock.now();
  const problem =
    outOfDate("the certificate", leaf, now) ?? mismatch(context, record, leaf, presented.certificates, now);
  if (problem !== undefined) return { reason: "badCertificate", detail: problem };
  return { scope: scopeOf(record), type: "x509" };
}

function mismatch(
  context: AuthContext,
  record: IdentityRecord,
  leaf: Certificate,
  chain: readonly Certificate[],
  now: number,
): string | undefined {
  const key = identityKey(record);
  if (record.authentication === "selfSigned") {
    const registered = [record.primaryThumbprint, record.secondaryThumbprint];
    if (registered.some((thumbprint) => hasThumbprint(leaf, thumbprint))) return undefined;
    return `the thumbprint of the certificate is not one that '${key}' is registered with`;
  }
  if (leaf.commonName !== key) {
    return `the common name of the certificate must be '${key}', got '${leaf.commonName ?? ""}'`;
  }
  return context.authorities.judge(chain, now);
}

function scopeOf({ moduleId }: Identity): "device" | "module" {
  return moduleId === undefined ? "device" : "module";
}
