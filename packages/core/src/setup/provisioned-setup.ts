import { type Identity, resourceOf } from "../auth/identity.ts";
import type { X509 } from "../auth/x509.ts";
import { certificateCredential, generatedTokens } from "../connection/attempt/credential.ts";
import { ArgumentError, mustBe } from "../errors.ts";
import { type AssignmentStorage, assignmentKey } from "../provisioning/assignment-storage.ts";
import { ProvisionedHub } from "../provisioning/provisioned-hub.ts";
import type { ClientOptions } from "./client-options.ts";
import { type ClientSetup, keySigner, loadX509, notWithCertificate, platformOf } from "./client-setup.ts";
import { checkId } from "./device-id.ts";
import { endpointOf } from "./endpoint.ts";
import { parseHost } from "./host-name.ts";
import type { Platform } from "./platform.ts";
import { checkPayload, type DeviceProof, register, setupRegistration } from "./registration-setup.ts";
import { type ResolvedOptions, resolveOptions } from "./resolve-options.ts";

/** The identity of a device at the provisioning service, and its credential for the service and the hub. */
export interface DeviceProvisioning {
  /** `global.azure-devices-provisioning.net`, or the service's own host. */
  provisioningHost: string;
  /** The id scope of the provisioning service. */
  idScope: string;
  /** The registration id of the device. */
  registrationId: string;
  /** The key of an individual enrollment, or one derived from a group's with `deriveDeviceKey`, in base64. */
  symmetricKey?: string | undefined;
  /** A certificate whose common name is the registration id, instead of a key. */
  x509?: X509 | undefined;
  /** Sent with each registration, for custom allocation: any value with a JSON form. */
  provisioningPayload?: unknown;
  /** Stores the assignment across restarts. Default: in this client, so that each new one registers. */
  storage?: AssignmentStorage | undefined;
}

const fields: Record<keyof DeviceProvisioning, true> = {
  provisioningHost: true,
  idScope: true,
  registrationId: true,
  symmetricKey: true,
  x509: true,
  provisioningPayload: true,
  storage: true,
};

/** Sets up a device client that finds its hub through the provisioning service. */
export function setupFromProvisioning(
  factory: unknown,
  provisioning: DeviceProvisioning,
  options: ClientOptions,
): ClientSetup {
  const bound = platformOf(factory);
  checkFields(provisioning);
  const { x509, symmetricKey, provisioningHost, idScope, registrationId } = provisioning;
  const resolved = resolveOptions(options, bound.runtime, x509 === undefined ? {} : notWithCertificate);
  const proof = proofOf(bound, x509, symmetricKey, resolved);
  const payload = checkPayload(provisioning.provisioningPayload);
  // A gateway forwards to the hub, not to the provisioning service.
  const registration = setupRegistration(bound, provisioning, proof, {
    ...resolved,
    gatewayHostname: undefined,
  });
  const locator = new ProvisionedHub({
    clock: bound.runtime.clock,
    registrationId,
    storage: assignmentStorageOf(provisioning.storage),
    storageKey: assignmentKey(provisioningHost, idScope, registrationId),
    register: (onProgress, signal, failures) =>
      register(registration, { payload, onProgress, failures }, signal),
    firstConnectionRetry: resolved.firstConnectionRetry,
    autoTransport: resolved.autoTransport,
    targetOf: ({ assignedHub, deviceId }) => {
      const identity: Identity = {
        hostName: parseHost("The assigned hub", assignedHub).host,
        deviceId: checkId("device id", deviceId),
        moduleId: undefined,
      };
      const certificate = "certificate" in proof ? proof.certificate : undefined;
      return {
        identity,
        endpoint: endpointOf(assignedHub, resolved, certificate),
        credential:
          "signer" in proof
            ? generatedTokens(proof.signer, resourceOf(identity), resolved.sastokenTtl)
            : certificateCredential,
      };
    },
  });
  return { platform: bound, kind: "device", locator, options: resolved };
}

function proofOf(
  platform: Platform,
  x509: unknown,
  symmetricKey: unknown,
  { signingMechanism }: ResolvedOptions,
): DeviceProof {
  const given = Object.entries({ symmetricKey, x509, signingMechanism })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name]) => name);
  if (given.length !== 1) {
    throw new ArgumentError(
      "invalid_argument",
      `Provide exactly one of symmetricKey, x509, or signingMechanism; got ${given.join(" and ") || "none"}`,
    );
  }
  if (x509 === undefined)
    return { signer: signingMechanism ?? keySigner(platform, symmetricKey, "symmetric key") };
  return { certificate: loadX509(platform, x509) };
}

function assignmentStorageOf(storage: unknown): AssignmentStorage | undefined {
  if (storage === undefined) return undefined;
  const { get, set } = Object(storage) as Partial<AssignmentStorage>;
  if (typeof get === "function" && typeof set === "function") return storage as AssignmentStorage;
  throw mustBe("storage", storage, "an object with the methods 'get' and 'set', such as a Map");
}

function checkFields(provisioning: unknown): void {
  if (typeof provisioning !== "object" || provisioning === null)
    throw mustBe("provisioning", provisioning, "an object");
  const unknown = Object.keys(provisioning).find((name) => !Object.hasOwn(fields, name));
  if (unknown === undefined) return;
  throw new ArgumentError(
    "unknown_option",
    `Unsupported field '${unknown}' of provisioning; the fields are ${Object.keys(fields).join(", ")}`,
  );
}
