import type { X509 } from "../auth/x509.ts";
import { isInstance } from "../brand.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { ArgumentError, ClientError } from "../errors.ts";
import type { RegistrationProgress } from "../provisioning/registration-run.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { keySigner, loadX509, notWithCertificate, requirePlatform } from "../setup/client-setup.ts";
import type { Platform } from "../setup/platform.ts";
import {
  checkPayload,
  type RegistrationSetup,
  register,
  setupRegistration,
} from "../setup/registration-setup.ts";
import { resolveOptions } from "../setup/resolve-options.ts";
import type { OperationOptions } from "../util/deadline.ts";

/** Options of `register`. */
export interface RegisterOptions extends OperationOptions {
  /** Told of each step, and when the service is asked again. */
  onProgress?: ((progress: RegistrationProgress) => void) | undefined;
  /**
   * A certificate signing request, base64 of its DER form, whose subject is the registration id (preview):
   * `createCertificateRequest` of `@isohub/node/csr` or `@isohub/deno/csr` makes one. What is issued for it is
   * `registrationState.issuedCertificateChain`.
   */
  csr?: string | undefined;
}

const notForProvisioning = {
  productInfo: "a registration has no product",
  modelId: "send it in provisioningPayload",
  autoConnect: "register() connects",
  connectionRetry: "register() comes back by itself",
  connectionRetryInterval: "the service says when it is asked again",
  retryPolicy: "the service says when it is asked again",
  ensureDesiredProperties: "a registration has no twin",
  receiveQueueLimit: "a registration receives nothing",
  operationTimeoutMs: "pass timeoutMs to register()",
} as const;

/** The options of a provisioning client: those of the other clients that apply to a registration. */
export type ProvisioningOptions = Omit<ClientOptions, keyof typeof notForProvisioning>;

/**
 * Registers a device with the Device Provisioning Service, which says which hub it belongs to.
 *
 * @example
 * const provisioning = ProvisioningDeviceClient.createFromSymmetricKey(host, "device-1", idScope, key);
 * const { registrationState } = await provisioning.register();
 * const client = IoTHubDeviceClient.createFromSymmetricKey(key, registrationState.assignedHub, registrationState.deviceId);
 *
 * @source Python `ProvisioningDeviceClient`
 */
export class ProvisioningDeviceClient {
  protected static readonly brand: symbol = Symbol.for("isohub.ProvisioningDeviceClient");
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;
  readonly #setup: RegistrationSetup;
  #payload: unknown;
  #state: "idle" | "running" | "spent" = "idle";

  /** Use the factories. */
  protected constructor(setup: RegistrationSetup) {
    this.#setup = setup;
  }

  /**
   * Makes a client that proves itself with a key: that of an individual enrollment, or one derived from a group's with
   * `deriveDeviceKey`. Touches no network.
   *
   * @param provisioningHost - `global.azure-devices-provisioning.net`, or the service's own
   * @param symmetricKey - base64; `undefined` with the option `signingMechanism`
   * @throws {ArgumentError} `invalid_argument`, `invalid_key` or `unknown_option`
   * @source Python `create_from_symmetric_key`
   */
  static createFromSymmetricKey(
    provisioningHost: string,
    registrationId: string,
    idScope: string,
    symmetricKey: string | undefined,
    options: ProvisioningOptions = {},
  ): ProvisioningDeviceClient {
    const platform = requirePlatform(this.platform);
    const resolved = resolveOptions(options, platform.runtime, notForProvisioning);
    const signer = resolved.signingMechanism ?? keySigner(platform, symmetricKey, "symmetric key");
    const names = { provisioningHost, registrationId, idScope };
    return new this(setupRegistration(platform, names, { signer }, resolved));
  }

  /**
   * Makes a client that proves itself with a certificate whose common name is the registration id. Reads and checks it,
   * and touches no network.
   *
   * @throws {ArgumentError} `invalid_argument`, `invalid_certificate` or `unknown_option`
   * @throws {UnsupportedFeatureError} where a client certificate is not possible
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate(
    provisioningHost: string,
    registrationId: string,
    idScope: string,
    x509: X509,
    options: ProvisioningOptions = {},
  ): ProvisioningDeviceClient {
    const platform = requirePlatform(this.platform);
    const resolved = resolveOptions(options, platform.runtime, {
      ...notForProvisioning,
      ...notWithCertificate,
    });
    const names = { provisioningHost, registrationId, idScope };
    return new this(setupRegistration(platform, names, { certificate: loadX509(platform, x509) }, resolved));
  }

  /** Sent along with the registration, for custom allocation: anything with a JSON form. @source Python `provisioning_payload` */
  get provisioningPayload(): unknown {
    return this.#payload;
  }
  set provisioningPayload(payload: unknown) {
    this.#payload = checkPayload(payload);
  }

  /**
   * Registers the device and waits until it is assigned. Polls as the service asks for; goes on after a lost connection
   * with the operation it has begun. Takes at most `timeoutMs`, 5 minutes if nothing is said. A client that has
   * registered is spent; one that failed can try again.
   *
   * @throws {ServiceError} `registration_disabled`, `registration_failed`, `registration_unassigned` with what the service
   * said in `registration`; `service_error` for any other refusal
   * @throws {CredentialError} `not_authorized` — unknown id scope or registration id, wrong key or certificate
   * @throws {ClientError} `registration_running` while another call runs; `registration_spent` after success
   * @throws {ConnectionFailedError | ConnectionDroppedError | OperationTimeoutError}
   * @source Python `register`
   */
  async register(options: RegisterOptions = {}): Promise<RegistrationResult> {
    if (this.#state === "running")
      throw new ClientError("registration_running", "A registration is running already");
    if (this.#state === "spent") {
      throw new ClientError("registration_spent", "This client has registered its device", {
        remediation: "Make a new client to register again",
      });
    }
    const { onProgress, csr, timeoutMs, signal } = options;
    if (csr !== undefined && (typeof csr !== "string" || csr === "" || csr.includes("-----"))) {
      throw new ArgumentError(
        "invalid_argument",
        "csr must be the base64 of a request's DER form, without PEM lines",
      );
    }
    this.#state = "running";
    try {
      const request = { payload: this.#payload, csr, onProgress: onProgress ?? (() => {}) };
      const result = await register(this.#setup, request, signal, timeoutMs);
      this.#state = "spent";
      return result;
    } finally {
      if (this.#state === "running") this.#state = "idle";
    }
  }

  /** The name of the class. Vue doesn't wrap objects with their own tag in a proxy. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}
