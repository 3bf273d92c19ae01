import type { X509 } from "../auth/x509.ts";
import { isInstance } from "../brand.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { ArgumentError, ClientError } from "../errors.ts";
import type { RegistrationProgress } from "../provisioning/registration-run.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import {
  keySigner,
  loadX509,
  notFromFactory,
  notWithCertificate,
  platformOf,
} from "../setup/client-setup.ts";
import type { Platform } from "../setup/platform.ts";
import {
  checkPayload,
  type RegistrationSetup,
  register,
  setupRegistration,
} from "../setup/registration-setup.ts";
import { resolveOptions } from "../setup/resolve-options.ts";
import type { OperationOptions } from "../util/deadline.ts";

/** The options of `register`. */
export interface RegisterOptions extends OperationOptions {
  /** Called with each step, and with the time of the next poll. */
  onProgress?: ((progress: RegistrationProgress) => void) | undefined;
  /**
   * A certificate signing request whose subject is the registration id: its DER form in base64 (preview). Create one with
   * `createCertificateRequest` of `@isohub/node/csr` or `@isohub/deno/csr`. The service returns the certificate in
   * `registrationState.issuedCertificateChain`.
   */
  csr?: string | undefined;
}

const notForProvisioning = {
  productInfo: "a registration sends no product information",
  modelId: "send it in provisioningPayload",
  autoConnect: "register() connects",
  connectionRetry: "register() reconnects by itself",
  connectionRetryInterval: "the service determines when to poll",
  retryPolicy: "the service determines when to poll",
  ensureDesiredProperties: "a registration has no twin",
  whenInUse: "a registration locks no identity",
  receiveQueueLimit: "a registration receives no messages",
  operationTimeoutMs: "pass timeoutMs to register()",
} as const;

/** The options of a provisioning client: those of the other clients that apply to a registration. */
export type ProvisioningOptions = Omit<ClientOptions, keyof typeof notForProvisioning>;

/**
 * Registers a device with the Device Provisioning Service, which assigns it to a hub.
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
  /** Set by the runtime packages. Core's class has none, and can't create clients. */
  protected static readonly platform: Platform | undefined = undefined;
  readonly #setup: RegistrationSetup;
  #payload: unknown;
  #state: "idle" | "running" | "spent" = "idle";

  /** Use the factories. */
  protected constructor(setup: RegistrationSetup) {
    if (!setup?.endpoint) throw notFromFactory();
    this.#setup = setup;
  }

  /**
   * Creates a client with a key: that of an individual enrollment, or one derived from a group's with `deriveDeviceKey`. Doesn't
   * connect.
   *
   * @param provisioningHost - `global.azure-devices-provisioning.net`, or the service's own host
   * @param symmetricKey - in base64; `undefined` with the option `signingMechanism`
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
    const platform = platformOf(this);
    const resolved = resolveOptions(options, platform.runtime, notForProvisioning);
    const signer = resolved.signingMechanism ?? keySigner(platform, symmetricKey, "symmetric key");
    const names = { provisioningHost, registrationId, idScope };
    return new this(setupRegistration(platform, names, { signer }, resolved));
  }

  /**
   * Creates a client with a certificate whose common name is the registration id. Reads and checks it, but doesn't connect.
   *
   * @throws {ArgumentError} `invalid_argument`, `invalid_certificate` or `unknown_option`
   * @throws {UnsupportedFeatureError} the runtime doesn't support client certificates
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate(
    provisioningHost: string,
    registrationId: string,
    idScope: string,
    x509: X509,
    options: ProvisioningOptions = {},
  ): ProvisioningDeviceClient {
    const platform = platformOf(this);
    const resolved = resolveOptions(options, platform.runtime, {
      ...notForProvisioning,
      ...notWithCertificate,
    });
    const names = { provisioningHost, registrationId, idScope };
    return new this(setupRegistration(platform, names, { certificate: loadX509(platform, x509) }, resolved));
  }

  /** Sent with the registration, for custom allocation: any value with a JSON form. @source Python `provisioning_payload` */
  get provisioningPayload(): unknown {
    return this.#payload;
  }
  set provisioningPayload(payload: unknown) {
    this.#payload = checkPayload(payload);
  }

  /**
   * Registers the device and waits until it is assigned. Polls when the service asks for it, and continues the operation after a
   * lost connection. Takes at most `timeoutMs`, by default 5 minutes. After a failure it can be called again; after a success,
   * create a new client.
   *
   * @throws {ServiceError} `registration_disabled`, `registration_failed`, `registration_unassigned`, with the answer of the
   * service as `registration`; `service_error`: any other refusal
   * @throws {CredentialError} `not_authorized`: unknown id scope or registration id, wrong key or certificate
   * @throws {ClientError} `registration_running`: another call is running; `registration_spent`: a call has succeeded
   * @throws {ConnectionFailedError | ConnectionDroppedError | OperationTimeoutError}
   * @source Python `register`
   */
  async register(options: RegisterOptions = {}): Promise<RegistrationResult> {
    if (this.#state === "running")
      throw new ClientError("registration_running", "A registration is already running", {
        remediation: "Wait until the first call of register() has settled",
      });
    if (this.#state === "spent") {
      throw new ClientError("registration_spent", "This client has already registered its device", {
        remediation: "Create a new client to register again",
      });
    }
    const { onProgress, csr, timeoutMs, signal } = options;
    if (csr !== undefined && (typeof csr !== "string" || csr === "" || csr.includes("-----"))) {
      throw new ArgumentError(
        "invalid_argument",
        "csr must be a request's DER form in base64, without PEM lines",
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
