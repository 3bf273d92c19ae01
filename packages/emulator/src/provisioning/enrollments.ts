import type { Clock } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import { authenticationOf } from "../hub/authentication.ts";
import { CertificateAuthorities } from "../hub/certificate-authorities.ts";
import { isoTime } from "../hub/clock.ts";
import { HubError } from "../hub/hub-error.ts";
import { checkId } from "../hub/identity.ts";
import { newEtag } from "../hub/registry.ts";
import type {
  Attestation,
  EnrollmentGroupOptions,
  EnrollmentOptions,
  EnrollmentRecord,
  ResolvedAttestation,
} from "./enrollment.ts";
import type { LinkedHubs } from "./linked-hubs.ts";

/** What enrollments are checked with. */
export interface EnrollmentRules {
  readonly clock: Clock;
  readonly hubs: LinkedHubs;
  /** Reads a certificate in PEM. @throws {Error} */
  parseCertificate(pem: string): Certificate;
}

type Kind = EnrollmentRecord["kind"];

const idRule = /^(?=.{1,128}$)[A-Za-z0-9](?:[A-Za-z0-9\-._:]*[A-Za-z0-9-])?$/;

/** The individual enrollments or the groups. Ids are told apart without regard to case. */
export class Enrollments {
  readonly #rules: EnrollmentRules;
  readonly #kind: Kind;
  readonly #records = new Map<string, EnrollmentRecord>();

  constructor(kind: Kind, rules: EnrollmentRules) {
    this.#kind = kind;
    this.#rules = rules;
  }

  /** @throws {HubError} EnrollmentAlreadyExists, ArgumentInvalid, IotHubFormatError for a key */
  create(id: string, options: EnrollmentOptions = {}): EnrollmentRecord {
    if (this.find(id) !== undefined) {
      throw new HubError("EnrollmentAlreadyExists", `The ${this.#name} '${id}' exists already.`);
    }
    return this.put(id, options);
  }

  /** Creates an enrollment or puts another in its place. @throws {HubError} ArgumentInvalid, IotHubFormatError for a key */
  put(id: string, options: EnrollmentOptions): EnrollmentRecord {
    if (!idRule.test(id)) {
      throw invalid(
        `the id '${id}' must be 1 to 128 letters, digits and - . _ : that start with a letter or digit and end with one or with -`,
      );
    }
    const { deviceId, hubs = [], allocation = "hashed", initialTwin = {}, payload } = options;
    const { reprovisionPolicy = "migrate", provisioningStatus = "enabled" } = options;
    if (deviceId !== undefined) checkId(deviceId, "deviceId");
    const stranger = hubs.find((hub) => this.#rules.hubs.find(hub) === undefined);
    if (stranger !== undefined) throw invalid(`'${stranger}' is not a hub of this emulator`);
    const before = this.find(id);
    const now = isoTime(this.#rules.clock.now());
    const record: EnrollmentRecord = {
      kind: this.#kind,
      id: before?.id ?? id,
      attestation: this.#attestation(options, before?.attestation),
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
    return record;
  }

  /** In the order of creation. */
  list(): readonly EnrollmentRecord[] {
    return [...this.#records.values()];
  }

  get #name(): string {
    return this.#kind === "individual" ? "enrollment" : "enrollment group";
  }

  #attestation(options: EnrollmentGroupOptions, before?: ResolvedAttestation): ResolvedAttestation {
    const given: Attestation = options.attestation ?? before ?? { type: "symmetricKey" };
    if (given.type === "symmetricKey") {
      const kept = before?.type === "symmetricKey" ? before : undefined;
      const { primaryKey = kept?.primaryKey, secondaryKey = kept?.secondaryKey } = given;
      const keys = authenticationOf({
        authentication: "sas",
        ...(primaryKey === undefined ? {} : { primaryKey }),
        ...(secondaryKey === undefined ? {} : { secondaryKey }),
      });
      return { type: given.type, primaryKey: keys.primaryKey, secondaryKey: keys.secondaryKey };
    }
    const ca = typeof given.ca === "string" ? [given.ca] : [...(given.ca ?? [])];
    const authorities = new CertificateAuthorities();
    for (const pem of ca) authorities.add(this.#parse(pem));
    const { primaryThumbprint = null, secondaryThumbprint = null } = given;
    const hasThumbprint = primaryThumbprint !== null || secondaryThumbprint !== null;
    if (ca.length === 0 && (this.#kind === "group" || !hasThumbprint)) {
      throw invalid(
        "X.509 attestation needs an authority, or for one device the thumbprint of its certificate",
      );
    }
    if (hasThumbprint) {
      if (ca.length > 0) throw invalid("X.509 attestation is by thumbprint or by authority, not by both");
      authenticationOf({ authentication: "selfSigned", primaryThumbprint, secondaryThumbprint });
    }
    return { type: "x509", primaryThumbprint, secondaryThumbprint, authorities, ca };
  }

  #parse(pem: string): Certificate {
    try {
      return this.#rules.parseCertificate(pem);
    } catch {
      throw invalid("the certificate authority is not a certificate in PEM");
    }
  }
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The enrollment is not valid: ${rule}.`);
}
