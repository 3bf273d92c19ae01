import {
  type Clock,
  type CryptoProvider,
  deriveKeyWith,
  parseSasToken,
  type SasToken,
  webCrypto,
} from "@isohub/core/internal";
import { type Certificate, hasThumbprint, outOfDate } from "../certificates/certificate.ts";
import type { PresentedCredentials } from "../hub/credentials/credentials.ts";
import { isSignedWith } from "../hub/credentials/sas-verification.ts";
import type { AuthenticationOptions } from "../hub/identities/authentication.ts";
import type { EnrollmentRecord } from "./enrollment.ts";
import type { Enrollments } from "./enrollments.ts";

/** The enrollments that registering devices are checked against. */
export interface AttestationContext {
  readonly clock: Clock;
  readonly idScope: string;
  readonly sasClockSkewSeconds: number;
  readonly individual: Enrollments;
  readonly groups: Enrollments;
  /** Verifies signatures and derives keys. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
}

/** A device whose credentials are valid. */
export interface Attested {
  /** As the device spells it. */
  readonly registrationId: string;
  readonly enrollment: EnrollmentRecord;
  /** The credentials that its hub will accept. */
  readonly credentials: AuthenticationOptions;
}

/** The reason why a device may not register. */
export interface NotAttested {
  readonly detail: string;
}

/**
 * Checks a device against its individual enrollment or, if it has none, against the enrollment groups.
 *
 * @source Device Provisioning Service documentation, "Symmetric key attestation", "X.509 certificate attestation"
 */
export async function attest(
  context: AttestationContext,
  idScope: string,
  registrationId: string,
  presented: PresentedCredentials,
): Promise<Attested | NotAttested> {
  if (idScope !== context.idScope) return { detail: `there is no id scope '${idScope}'` };
  const individual = context.individual.find(registrationId);
  const enrollments = individual === undefined ? context.groups.list() : [individual];
  const [leaf] = presented.certificates;
  if (presented.token !== undefined) return checkToken(context, registrationId, presented.token, enrollments);
  if (leaf === undefined) return { detail: "there is neither a SAS token nor a certificate" };
  return checkCertificate(context, registrationId, leaf, presented.certificates, enrollments);
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
  const { crypto = webCrypto } = context;
  for (const enrollment of enrollments) {
    for (const keys of await keysOf(enrollment, registrationId, crypto)) {
      for (const key of [keys.primaryKey, keys.secondaryKey]) {
        if (!(await isSignedWith(token, key, crypto))) continue;
        return { registrationId, enrollment, credentials: { authentication: "sas", ...keys } };
      }
    }
  }
  const hasKey = enrollments.some(({ attestation }) => attestation.type === "symmetricKey");
  return {
    detail: hasKey
      ? "the signature of the SAS token is wrong"
      : `there is no enrollment of '${registrationId}' with a symmetric key`,
  };
}

interface Keys {
  readonly primaryKey: string;
  readonly secondaryKey: string;
}

/** Returns the keys a device may have: its enrollment's, or those a group derives from the id as sent and in lower case. */
async function keysOf(
  { kind, attestation }: EnrollmentRecord,
  registrationId: string,
  crypto: CryptoProvider,
): Promise<Keys[]> {
  if (attestation.type !== "symmetricKey") return [];
  const { primaryKey, secondaryKey } = attestation;
  if (kind === "individual") return [{ primaryKey, secondaryKey }];
  const ids = new Set([registrationId, registrationId.toLowerCase()]);
  return Promise.all(
    Array.from(ids, async (id) => ({
      primaryKey: await deriveKeyWith(crypto, primaryKey, id),
      secondaryKey: await deriveKeyWith(crypto, secondaryKey, id),
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
  const dateProblem = outOfDate("the certificate", leaf, now);
  if (dateProblem !== undefined) return { detail: dateProblem };
  let detail = `there is no enrollment of '${registrationId}' with a certificate`;
  for (const enrollment of enrollments) {
    const { attestation } = enrollment;
    if (attestation.type !== "x509") continue;
    const { primaryThumbprint, secondaryThumbprint, authorities } = attestation;
    const byThumbprint = primaryThumbprint !== null || secondaryThumbprint !== null;
    const isListed = [primaryThumbprint, secondaryThumbprint].some((each) => hasThumbprint(leaf, each));
    const problem = byThumbprint
      ? isListed
        ? undefined
        : "the thumbprint of the certificate is not one of the enrollment"
      : authorities.judge(chain, now);
    if (problem === undefined) {
      // Whoever has signed it, the hub identifies the device by this certificate.
      const credentials = { authentication: "selfSigned", primaryThumbprint: leaf.sha256 } as const;
      return { registrationId, enrollment, credentials };
    }
    detail = problem;
  }
  return { detail };
}
