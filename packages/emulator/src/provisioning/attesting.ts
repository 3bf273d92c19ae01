import { deriveDeviceKey } from "@isohub/core";
import { type Clock, parseSasToken, type SasToken } from "@isohub/core/internal";
import { type Certificate, hasThumbprint, outOfDate } from "../certificates/certificate.ts";
import type { AuthenticationOptions } from "../hub/authentication.ts";
import type { ShownCredentials } from "../hub/credentials.ts";
import { isSignedWith } from "../hub/sas-verification.ts";
import type { EnrollmentRecord } from "./enrollment.ts";
import type { Enrollments } from "./enrollments.ts";

/** What devices that register are checked against. */
export interface AttestationContext {
  readonly clock: Clock;
  readonly idScope: string;
  readonly sasClockSkewSeconds: number;
  readonly individual: Enrollments;
  readonly groups: Enrollments;
}

/** A device that has proven who it is. */
export interface Attested {
  /** As the device writes it. */
  readonly registrationId: string;
  readonly enrollment: EnrollmentRecord;
  /** What it will prove itself to its hub with. */
  readonly credentials: AuthenticationOptions;
}

/** Why a device is not let in. */
export interface NotAttested {
  readonly detail: string;
}

/**
 * Checks a device against its enrollment; where there is none of its own, against those of the groups.
 *
 * @source Device Provisioning Service documentation, "Symmetric key attestation", "X.509 certificate attestation"
 */
export async function attest(
  context: AttestationContext,
  idScope: string,
  registrationId: string,
  shown: ShownCredentials,
): Promise<Attested | NotAttested> {
  if (idScope !== context.idScope) return { detail: `there is no id scope '${idScope}'` };
  const own = context.individual.find(registrationId);
  const enrollments = own === undefined ? context.groups.list() : [own];
  const [leaf] = shown.certificates;
  if (shown.token !== undefined) return checkToken(context, registrationId, shown.token, enrollments);
  if (leaf === undefined) return { detail: "there is neither a SAS token nor a certificate" };
  return checkCertificate(context, registrationId, leaf, shown.certificates, enrollments);
}

async function checkToken(
  context: AttestationContext,
  registrationId: string,
  text: string,
  enrollments: readonly EnrollmentRecord[],
): Promise<Attested | NotAttested> {
  let token: SasToken;
  try {
    token = parseSasToken(text);
  } catch {
    return { detail: "the SAS token is malformed" };
  }
  if (token.keyName !== undefined && token.keyName !== "registration") {
    return { detail: `the policy of the SAS token must be 'registration', got '${token.keyName}'` };
  }
  if (context.clock.now() > (token.expiry + context.sasClockSkewSeconds) * 1000)
    return { detail: "the SAS token has expired" };
  const isFor = (resource: string): boolean =>
    resource.toLowerCase() === `${context.idScope}/registrations/${registrationId}`.toLowerCase();
  if (!isFor(token.resource) && !isFor(token.resourceText)) {
    return { detail: "the SAS token is for another registration" };
  }
  for (const enrollment of enrollments) {
    for (const keys of await keysOf(enrollment, registrationId)) {
      for (const key of [keys.primaryKey, keys.secondaryKey]) {
        if (!(await isSignedWith(token, key))) continue;
        return { registrationId, enrollment, credentials: { authentication: "sas", ...keys } };
      }
    }
  }
  const known = enrollments.some(({ attestation }) => attestation.type === "symmetricKey");
  return {
    detail: known
      ? "the signature of the SAS token is wrong"
      : `there is no enrollment of '${registrationId}' with a symmetric key`,
  };
}

interface Keys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** The keys a device may have: those of its enrollment; in a group those derived from its id as sent and in lower case. */
async function keysOf({ kind, attestation }: EnrollmentRecord, registrationId: string): Promise<Keys[]> {
  if (attestation.type !== "symmetricKey") return [];
  const { primaryKey, secondaryKey } = attestation;
  if (kind === "individual") return [{ primaryKey, secondaryKey }];
  const ids = new Set([registrationId, registrationId.toLowerCase()]);
  return Promise.all(
    Array.from(ids, async (id) => ({
      primaryKey: await deriveDeviceKey(primaryKey, id),
      secondaryKey: await deriveDeviceKey(secondaryKey, id),
    })),
  );
}

function checkCertificate(
  { clock }: AttestationContext,
  registrationId: string,
  leaf: Certificate,
  chain: readonly Certificate[],
  enrollments: readonly EnrollmentRecord[],
): Attested | NotAttested {
  const name = leaf.commonName ?? "";
  if (name.toLowerCase() !== registrationId.toLowerCase()) {
    return { detail: `the common name of the certificate must be '${registrationId}', got '${name}'` };
  }
  const now = clock.now();
  const old = outOfDate("the certificate", leaf, now);
  if (old !== undefined) return { detail: old };
  let detail = `there is no enrollment of '${registrationId}' with a certificate`;
  for (const enrollment of enrollments) {
    const { attestation } = enrollment;
    if (attestation.type !== "x509") continue;
    const { primaryThumbprint, secondaryThumbprint, authorities } = attestation;
    const byThumbprint = primaryThumbprint !== null || secondaryThumbprint !== null;
    const isKnown = [primaryThumbprint, secondaryThumbprint].some((one) => hasThumbprint(leaf, one));
    const problem = byThumbprint
      ? isKnown
        ? undefined
        : "the thumbprint of the certificate is not one of the enrollment"
      : authorities.judge(chain, now);
    if (problem === undefined) {
      // Whoever signed it, the hub knows the device by this very certificate.
      const credentials = { authentication: "selfSigned", primaryThumbprint: leaf.sha256 } as const;
      return { registrationId, enrollment, credentials };
    }
    detail = problem;
  }
  return { detail };
}
