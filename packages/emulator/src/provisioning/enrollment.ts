import type { JsonObject } from "@isohub/core";
import type { CertificateAuthorities } from "../hub/certificate-authorities.ts";

/** How a device proves to the provisioning service who it is. */
export type Attestation =
  | {
      readonly type: "symmetricKey";
      /** base64 of 16 to 64 bytes; made by the service when left out. */
      readonly primaryKey?: string;
      /** base64 of 16 to 64 bytes; made by the service when left out. */
      readonly secondaryKey?: string;
    }
  | {
      /** A certificate whose common name is the registration id. */
      readonly type: "x509";
      /** Hexadecimal SHA-1 or SHA-256 of the certificate; for individual enrollments. */
      readonly primaryThumbprint?: string | null;
      /** As `primaryThumbprint`; one of the two is enough. */
      readonly secondaryThumbprint?: string | null;
      /** PEM of the authorities that may have signed it. */
      readonly ca?: string | readonly string[];
    };

/** What happens to a device that registers again: see `EnrollmentOptions.reprovisionPolicy`. */
export type ReprovisionPolicy = "migrate" | "reset" | "never";

/** How one of several hubs is chosen. `custom` asks a function. */
export type AllocationPolicy = "hashed" | "geoLatency" | "static" | "custom";

/** What a device starts its life in a hub with. */
export interface InitialTwin {
  readonly tags?: JsonObject;
  /** The desired properties. */
  readonly desired?: JsonObject;
}

/** What custom allocation is asked. */
export interface AllocationRequest {
  readonly registrationId: string;
  /** The group, for a device of a group. */
  readonly enrollmentGroupId: string | undefined;
  /** What the device has sent along. */
  readonly payload: unknown;
  /** The hubs to choose from. */
  readonly hubs: readonly string[];
}

/** What custom allocation decides; what it leaves out is as in the enrollment. */
export interface Allocation {
  readonly hub?: string;
  readonly initialTwin?: InitialTwin;
  /** Given to the device. */
  readonly payload?: unknown;
}

/** Chooses the hub of a device. What it throws fails the registration, with its message. */
export type Allocator = (request: AllocationRequest) => Allocation | Promise<Allocation>;

/** What a group of enrollments and a single one have in common. */
export interface EnrollmentGroupOptions {
  /** A symmetric key made by the service when left out. */
  attestation?: Attestation;
  /** The hubs to choose from, by name or host name: see `Emulator.createHub`. The first hub when left out. */
  hubs?: readonly string[];
  /** `hashed` when left out, which spreads devices evenly; a function for custom allocation, in process only. */
  allocation?: Exclude<AllocationPolicy, "custom"> | Allocator;
  /** What the twin is made of. */
  initialTwin?: InitialTwin;
  /** Given to each device that registers, unless custom allocation gives something else. */
  payload?: unknown;
  /**
   * What becomes of a device that registers again. `migrate`, the default: its hub is chosen again, and the twin goes
   * along; `reset`: its hub is chosen again, and its twin is the initial one; `never`: it stays as it was.
   */
  reprovisionPolicy?: ReprovisionPolicy;
  /** A disabled one registers nobody. `enabled` when left out. */
  provisioningStatus?: "enabled" | "disabled";
}

/** What may be said of an individual enrollment. */
export interface EnrollmentOptions extends EnrollmentGroupOptions {
  /** The id of the device in its hub; the registration id when left out. */
  deviceId?: string;
}

/** An attestation with everything decided. */
export type ResolvedAttestation =
  | { readonly type: "symmetricKey"; readonly primaryKey: string; readonly secondaryKey: string }
  | {
      readonly type: "x509";
      readonly primaryThumbprint: string | null;
      readonly secondaryThumbprint: string | null;
      readonly authorities: CertificateAuthorities;
      /** PEM, as given. */
      readonly ca: readonly string[];
    };

/** An entry of the enrollment list. */
export interface EnrollmentRecord {
  readonly kind: "individual" | "group";
  /** The registration id or the group's name, as given. */
  readonly id: string;
  readonly attestation: ResolvedAttestation;
  readonly deviceId: string | undefined;
  readonly hubs: readonly string[];
  readonly allocation: AllocationPolicy;
  readonly allocator: Allocator | undefined;
  readonly initialTwin: InitialTwin;
  readonly payload: unknown;
  readonly reprovisionPolicy: ReprovisionPolicy;
  readonly provisioningStatus: "enabled" | "disabled";
  readonly createdDateTimeUtc: string;
  readonly lastUpdatedDateTimeUtc: string;
  readonly etag: string;
}

/** What an enrollment and a group show alike. */
interface CommonView {
  readonly attestationType: "symmetricKey" | "x509";
  /** Empty unless the attestation is a symmetric key. */
  readonly primaryKey: string;
  /** Empty unless the attestation is a symmetric key. */
  readonly secondaryKey: string;
  readonly primaryThumbprint: string | null;
  readonly secondaryThumbprint: string | null;
  readonly hubs: readonly string[];
  readonly allocation: AllocationPolicy;
  readonly initialTwin: InitialTwin;
  readonly reprovisionPolicy: ReprovisionPolicy;
  readonly provisioningStatus: "enabled" | "disabled";
  readonly createdDateTimeUtc: string;
  readonly lastUpdatedDateTimeUtc: string;
  readonly etag: string;
}

/** An individual enrollment: one device. */
export interface Enrollment extends CommonView {
  readonly registrationId: string;
  readonly deviceId: string | undefined;
}

/** An enrollment group: any number of devices whose keys come from the group's, or whose certificates from one authority. */
export interface EnrollmentGroup extends CommonView {
  readonly enrollmentGroupId: string;
}

/** What is shown of an individual enrollment. */
export function enrollmentView(record: EnrollmentRecord): Enrollment {
  return { registrationId: record.id, deviceId: record.deviceId, ...commonView(record) };
}

/** What is shown of a group. */
export function groupView(record: EnrollmentRecord): EnrollmentGroup {
  return { enrollmentGroupId: record.id, ...commonView(record) };
}

function commonView({ attestation, ...record }: EnrollmentRecord): CommonView {
  const { hubs, allocation, initialTwin, reprovisionPolicy, provisioningStatus } = record;
  const { createdDateTimeUtc, lastUpdatedDateTimeUtc, etag } = record;
  const keys = attestation.type === "symmetricKey" ? attestation : undefined;
  const x509 = attestation.type === "x509" ? attestation : undefined;
  return {
    attestationType: attestation.type,
    primaryKey: keys?.primaryKey ?? "",
    secondaryKey: keys?.secondaryKey ?? "",
    primaryThumbprint: x509?.primaryThumbprint ?? null,
    secondaryThumbprint: x509?.secondaryThumbprint ?? null,
    hubs,
    allocation,
    initialTwin,
    reprovisionPolicy,
    provisioningStatus,
    createdDateTimeUtc,
    lastUpdatedDateTimeUtc,
    etag,
  };
}
