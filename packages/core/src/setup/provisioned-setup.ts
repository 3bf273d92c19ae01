import { type Identity, resourceOf } from "../auth/identity.ts";
import type { X509 } from "../auth/x509.ts";
import { certificateCredential, generatedTokens } from "../connection/credential.ts";
import { ArgumentError } from "../errors.ts";
import { type AssignmentStorage, assignmentKey } from "../provisioning/assignment-storage.ts";
import { ProvisionedHub } from "../provisioning/provisioned-hub.ts";
import type { ClientOptions } from "./client-options.ts";
import {
  type ClientSetup,
  keySigner,
  loadX509,
  notWithCertificate,
  requirePlatform,
} from "./client-setup.ts";
import { checkId } from "./device-id.ts";
import { endpointOf } from "./endpoint.ts";
import { parseHost } from "./host-name.ts";
import type { Platform } from "./platform.ts";
import { checkPayload, type DeviceProof, register, setupRegistration } from "./registration-setup.ts";
import type { ResolvedOptions } from "./resolve-options.ts";
import { resolveOptions } from "./resolve-options.ts";

/** Who a device is to the provisioning service, and what it proves that with: to the service and to the hub. */
export interface DeviceProvisioning {
  /** `global.azure-devices-provisioning.net`, or the service's own. */
  provisioningHost: string;
  idScope: string;
  registrationId: string;
  /** base64: the key of an individual enrollment, or one derived from a group's with `deriveDeviceKey`. */
  symmetricKey?: string | undefined;
  /** A certificate whose common name is the registration id, in place of a key. */
  x509?: X509 | undefined;
  /** Sent along with each registration, for custom allocation: anything with a JSON form. */
  provisioningPayload?: unknown;
  /** Where the assignment is kept. Default: in this client, so that each new one registers. */
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

/** A device client that finds its hub by itself. */
export function setupFromProvisioning(
  platform: Platform | undefined,
  provisioning: DeviceProvisioning,
  options: ClientOptions,
): ClientSetup {
  const bound = requirePlatform(platform);
  checkFields(provisioning);
  const { x509, symmetricKey, provisioningHost, idScope, registrationId } = provisioning;
  const resolved = resolveOptions(options, bound.runtime, x509 === undefined ? {} : notWithCertificate);
  const proof = proofOf(bound, x509, symmetricKey, resolved);
  const payload = checkPayload(provisioning.provisioningPayload);
  // A gateway leads to the hub, not to the provisioning service.
  const registration = setupRegistration(bound, provisioning, proof, {
    ...resolved,
    gatewayHostname: undefined,
  });
  const locator = new ProvisionedHub({
    clock: bound.runtime.clock,
    registrationId,
    storage: storageOf(provisioning.storage),
    storageKey: assignmentKey(provisioningHost, idScope, registrationId),
    register: (onProgress, signal) => register(registration, { payload, onProgress }, signal),
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
  const given = [x509, symmetricKey, signingMechanism].filter((one) => one !== undefined && one !== null);
  if (given.length !== 1) {
    throw new ArgumentError(
      "invalid_argument",
      `There are ${given.length} of symmetricKey, x509 and the option signingMechanism, it must be one`,
    );
  }
  if (x509 === undefined)
    return { signer: signingMechanism ?? keySigner(platform, symmetricKey, "symmetric key") };
  return { certificate: loadX509(platform, x509) };
}

function storageOf(storage: unknown): AssignmentStorage | undefined {
  if (storage === undefined) return undefined;
  const { get, set } = Object(storage) as Partial<AssignmentStorage>;
  if (typeof get === "function" && typeof set === "function") return storage as AssignmentStorage;
  throw new ArgumentError(
    "invalid_argument",
    `storage must be an object with the methods 'get' and 'set', such as a Map, got ${typeof storage}`,
  );
}

function checkFields(provisioning: unknown): void {
  if (typeof provisioning !== "object" || provisioning === null) {
    throw new ArgumentError(
      "invalid_argument",
      `The provisioning must be an object, got ${provisioning === null ? "null" : typeof provisioning}`,
    );
  }
  const stranger = Object.keys(provisioning).find((name) => !Object.hasOwn(fields, name));
  if (stranger === undefined) return;
  throw new ArgumentError(
    "unknown_option",
    `Unsupported field '${stranger}' of the provisioning; the fields are ${Object.keys(fields).join(", ")}`,
  );
}
