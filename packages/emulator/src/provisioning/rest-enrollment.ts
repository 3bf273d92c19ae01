import type { JsonObject } from "@isohub/core";
import { isJsonObject } from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import { HubError } from "../hub/hub-error.ts";
import type { Attestation, EnrollmentOptions, EnrollmentRecord, InitialTwin } from "./enrollment.ts";
import type { RegistrationState } from "./registration-record.ts";

const policies = {
  migrate: { updateHubAssignment: true, migrateDeviceData: true },
  reset: { updateHubAssignment: true, migrateDeviceData: false },
  never: { updateHubAssignment: false, migrateDeviceData: false },
} as const;
const allocations = ["hashed", "geoLatency", "static"] as const;

/** Returns an enrollment or a group as the service API does. @source DPS REST, IndividualEnrollment, EnrollmentGroup */
export function restEnrollment(record: EnrollmentRecord, registrationState?: RegistrationState): JsonObject {
  const { kind, id, deviceId, hubs, allocation, initialTwin, provisioningStatus, etag } = record;
  const { createdDateTimeUtc, lastUpdatedDateTimeUtc } = record;
  const { tags = {}, desired = {} } = initialTwin;
  return {
    ...(kind === "individual" ? { registrationId: id } : { enrollmentGroupId: id }),
    ...(deviceId === undefined ? {} : { deviceId }),
    ...(registrationState === undefined ? {} : { registrationState: { ...registrationState } }),
    attestation: restAttestation(record),
    capabilities: { iotEdge: false },
    ...(hubs.length === 0 ? {} : { iotHubs: [...hubs] }),
    allocationPolicy: allocation,
    reprovisionPolicy: { ...policies[record.reprovisionPolicy] },
    initialTwin: { tags, properties: { desired } },
    provisioningStatus,
    createdDateTimeUtc,
    lastUpdatedDateTimeUtc,
    etag,
  };
}

/** Returns an attestation as the service API does. */
export function restAttestation({ attestation, kind }: EnrollmentRecord): JsonObject {
  if (attestation.type === "symmetricKey") {
    const { type, primaryKey, secondaryKey } = attestation;
    return { type, symmetricKey: { primaryKey, secondaryKey } };
  }
  const { type, primaryThumbprint, secondaryThumbprint, ca } = attestation;
  if (kind === "individual" && ca.length === 0) {
    const info = (thumbprint: string | null): JsonObject | undefined =>
      thumbprint === null
        ? undefined
        : { info: { [thumbprint.length === 40 ? "sha1Thumbprint" : "sha256Thumbprint"]: thumbprint } };
    const clientCertificates = { primary: info(primaryThumbprint), secondary: info(secondaryThumbprint) };
    return { type, x509: { clientCertificates } };
  }
  const [primary, secondary] = ca.map((certificate) => ({ certificate }));
  return { type, x509: { signingCertificates: { primary, secondary } } };
}

/** Parses the body of a request of the service API. @throws {HubError} ArgumentInvalid */
export function readRestEnrollment(body: JsonObject, parse: (pem: string) => Certificate): EnrollmentOptions {
  const { deviceId, iotHubHostName, iotHubs, allocationPolicy, provisioningStatus } = body;
  const hubs = Array.isArray(iotHubs) ? iotHubs.map(String) : iotHubHostName ? [String(iotHubHostName)] : [];
  const allocation = allocations.find((each) => each === allocationPolicy);
  if (allocationPolicy && allocation === undefined) {
    throw invalid(
      `allocationPolicy must be one of ${allocations.join(", ")}, got '${String(allocationPolicy)}'; ` +
        "a custom allocation is a function, in process only",
    );
  }
  const reprovision = object(body["reprovisionPolicy"]);
  const { updateHubAssignment = true, migrateDeviceData = true } = reprovision;
  return {
    attestation: readAttestation(object(body["attestation"]), parse),
    ...(typeof deviceId === "string" && deviceId !== "" ? { deviceId } : {}),
    hubs,
    ...(allocation === undefined ? {} : { allocation }),
    initialTwin: readTwin(object(body["initialTwin"])),
    reprovisionPolicy: !updateHubAssignment ? "never" : migrateDeviceData ? "migrate" : "reset",
    provisioningStatus: provisioningStatus === "disabled" ? "disabled" : "enabled",
  };
}

function readAttestation(attestation: JsonObject, parse: (pem: string) => Certificate): Attestation {
  const { type } = attestation;
  if (type === "symmetricKey") {
    const { primaryKey, secondaryKey } = object(attestation["symmetricKey"]);
    return {
      type,
      ...(typeof primaryKey === "string" && primaryKey !== "" ? { primaryKey } : {}),
      ...(typeof secondaryKey === "string" && secondaryKey !== "" ? { secondaryKey } : {}),
    };
  }
  if (type !== "x509")
    throw invalid(`the attestation type must be symmetricKey or x509, got '${String(type)}'`);
  const x509 = object(attestation["x509"]);
  const signing = certificatesOf(object(x509["signingCertificates"]));
  if (signing.length > 0) return { type, ca: signing };
  const [primary, secondary] = certificatesOf(object(x509["clientCertificates"]));
  if (primary === undefined)
    throw invalid("X.509 attestation requires clientCertificates or signingCertificates");
  return {
    type,
    primaryThumbprint: thumbprintOf(primary, parse),
    ...(secondary === undefined ? {} : { secondaryThumbprint: thumbprintOf(secondary, parse) }),
  };
}

function readTwin(twin: JsonObject): InitialTwin {
  const desired = object(object(twin["properties"])["desired"]);
  return { tags: plain(object(twin["tags"])), desired: plain(desired) };
}

// The official clients send fields of their classes among the properties.
function plain({ metadata: _metadata, version: _version, count: _count, ...values }: JsonObject): JsonObject {
  return values;
}

function certificatesOf({ primary, secondary }: JsonObject): string[] {
  const certificates = [primary, secondary].map((each) => object(each)["certificate"]);
  return certificates.filter((each): each is string => typeof each === "string" && each !== "").map(asPem);
}

function asPem(text: string): string {
  if (text.includes("-----BEGIN")) return text;
  return `-----BEGIN CERTIFICATE-----\n${text}\n-----END CERTIFICATE-----\n`;
}

function thumbprintOf(pem: string, parse: (pem: string) => Certificate): string {
  try {
    return parse(pem).sha256;
  } catch {
    throw invalid("a certificate must be PEM or base64");
  }
}

function object(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

function invalid(rule: string): HubError {
  return new HubError("ArgumentInvalid", `The enrollment is not valid: ${rule}.`);
}
