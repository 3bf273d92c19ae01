import type { Clock } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import { isoTime } from "../hub/clock.ts";
import { CertificateAuthorities } from "../hub/credentials/certificate-authorities.ts";
import { newEtag } from "../hub/etag.ts";
import { HubError } from "../hub/hub-error.ts";
import { authenticationOf, type KeyMaker } from "../hub/identities/authentication.ts";
import { checkId } from "../hub/identities/identity.ts";
import type { Store, Table } from "../store/store.ts";
import type {
  Attestation,
  EnrollmentGroupOptions,
  EnrollmentOptions,
  EnrollmentRecord,
  ResolvedAttestation,
} from "./enrollment.ts";
import type { LinkedHubs } from "./linked-hubs.ts";

/** Options of {@link Enrollments}. */
export interface EnrollmentsOptions {
  readonly clock: Clock;
  readonly hubs: LinkedHubs;
  readonly store: Store;
  /** Makes the keys that aren't given. */
  readonly makeKey: KeyMaker;
  /** Reads a certificate in PEM. @throws {Error} */
  parseCertificate(pem: string): Certificate;
}

type Kind = EnrollmentRecord["kind"];

/** An enrollment, as it is stored: without the function of a custom allocation, which can't be. */
type StoredEnrollment = Omit<EnrollmentRecord, "attestation" | "allocator"> & {
  readonly attestation: StoredAttestation;
};

type StoredAttestation =
  | Extract<ResolvedAttestation, { type: "symmetricKey" }>
  | Omit<Extract<ResolvedAttestation, { type: "x509" }>, "authorities">;

const idRule = /^(?=.{1,128}$)[A-Za-z0-9](?:[A-Za-z0-9\-._:]*[A-Za-z0-9-])?$/;

/** The individual enrollments, or the enrollment groups. Ids are compared case-insensitively. */
export class Enrollments {
  readonly #options: EnrollmentsOptions;
  readonly #kind: Kind;
  readonly #stored: Table<StoredEnrollment>;
  readonly #records = new Map<string, EnrollmentRecord>();

  constructor(kind: Kind, options: EnrollmentsOptions) {
    this.#kind = kind;
    this.#options = options;
    this.#stored = options.store.table(kind === "individual" ? "enrollments" : "enrollmentGroups");
    for (const [key, stored] of this.#stored.entries()) {
      const { attestation } = stored;
      this.#records.set(key, {
        ...stored,
        attestation:
          attestation.type === "x509"
            ? { ...attestation, authorities: this.#authorities(attestation.ca) }
            : attestation,
        allocator: undefined,
      });
    }
  }

  /** @throws {HubError} EnrollmentAlreadyExists, ArgumentInvalid, IotHubFormatError for a key */
  create(id: string, options: EnrollmentOptions = {}): EnrollmentRecord {
    if (this.find(id) !== undefined) {
      throw new HubError("EnrollmentAlreadyExists", `The ${this.#name} '${id}' already exists.`);
    }
    return this.put(id, options);
  }

  /** Creates or replaces an enrollment. @throws {HubError} ArgumentInvalid, IotHubFormatError for a key */
  put(id: string, options: EnrollmentOptions): EnrollmentRecord {
    if (!idRule.test(id)) {
      throw invalid(
        `the id '${id}' must be 1 to 128 letters, digits and - . _ : that start with a letter or digit and end with one or with -`,
      );
    }
    const { deviceId, hubs = [], allocation = "hashed", initialTwin = {}, payload } = options;
    const { reprovisionPolicy = "migrate", provisioningStatus = "enabled" } = options;
    if (deviceId !== undefined) checkId(deviceId, "deviceId");
    const unknownHub = hubs.find((hub) => !this.#options.hubs.knows(hub));
    if (unknownHub !== undefined) throw invalid(`'${unknownHub}' is not a hub of this emulator`);
    const before = this.find(id);
    const now = isoTime(this.#options.clock.now());
    const record: EnrollmentRecord = {
      kind: this.#kind,
      id: before?.id ?? id,
      attestation: this.#attestation(id, options, before?.attestation),
      deviceId,
      hubs: [...hubs],
      allocation: typeof allocation === "function" ? "custom" : allocation,
      allocator: typeof allocation === "function" ? allocation : undefined,
      initialTwin,
      payload,
      reprovisionPolicy,
      provisioningStatus,
      createdDateTimeUtc: before?.createdDateTimeUtc ?? now,
      lastUpdatedDateTimeUtc: now,
      etag: newEtag(),
    };
    this.#records.set(id.toLowerCase(), record);
    this.#stored.set(id.toLowerCase(), storedEnrollment(record));
    return record;
  }

  find(id: string): EnrollmentRecord | undefined {
    return this.#records.get(id.toLowerCase());
  }

  /** @throws {HubError} EnrollmentNotFound */
  require(id: string): EnrollmentRecord {
    const record = this.find(id);
    if (record !== undefined) return record;
    throw new HubError("EnrollmentNotFound", `The ${this.#name} '${id}' does not exist.`);
  }

  /** @throws {HubError} EnrollmentNotFound */
  delete(id: string): EnrollmentRecord {
    const record = this.require(id);
    this.#records.delete(id.toLowerCase());
    this.#stored.delete(id.toLowerCase());
    return record;
  }

  /** Returns all of them in the order of creation. */
  list(): readonly EnrollmentRecord[] {
    return [...this.#records.values()];
  }

  get #name(): string {
    return this.#kind === "individual" ? "enrollment" : "enrollment group";
  }

  #attestation(
    id: string,
    options: EnrollmentGroupOptions,
    before?: ResolvedAttestation,
  ): ResolvedAttestation {
    const given: Attestation = options.attestation ?? before ?? { type: "symmetricKey" };
    if (given.type === "symmetricKey") {
      const kept = before?.type === "symmetricKey" ? before : undefined;
      const { primaryKey = kept?.primaryKey, secondaryKey = kept?.secondaryKey } = given;
      const keys = authenticationOf(
        {
          authentication: "sas",
          ...(primaryKey === undefined ? {} : { primaryKey }),
          ...(secondaryKey === undefined ? {} : { secondaryKey }),
        },
        undefined,
        (use) =>
          this.#options.makeKey(`${this.#kind === "group" ? "enrollmentGroups" : "enrollments"}/${id}`, use),
      );
      return { type: given.type, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey };
    }
    const ca = typeof given.ca === "string" ? [given.ca] : [...(given.ca ?? [])];
    const authorities = this.#authorities(ca);
    const { primaryThumbprint = null, secondaryThumbprint = null } = given;
    const hasThumbprint = primaryThumbprint !== null || secondaryThumbprint !== null;
    if (ca.length === 0 && (this.#kind === "group" || !hasThumbprint)) {
      throw invalid(
        "X.509 attestation requires an authority or, for a single device, the thumbprint of its certificate",
      );
    }
    if (hasThumbprint) {
      if (ca.length > 0)
        throw invalid("X.509 attestation requires either a thumbprint or an authority, not both");
      authenticationOf({ authentication: "selfSigned", primaryThumbprint, secondaryThumbprint });
    }
    return { type: "x509", primaryThumbprint, secondaryThumbprint, authorities, ca };
  }

  #authorities(ca: readonly string[]): CertificateAuthorities {
    const authorities = new CertificateAuthorities((pem) => this.#options.parseCertificate(pem));
    for (const pem of ca) authorities.add(pem);
    return authorities;
  }
}

function storedEnrollment({
  allocator: _function,
  attestation,
  ...record
}: EnrollmentRecord): StoredEnrollment {
  if (attestation.type === "symmetricKey") return { ...record, attestation };
  const { authorities: _parsed, ...stored } = attestation;
  return { ...record, attestation: stored };
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The enrollment is not valid: ${rule}.`);
}
