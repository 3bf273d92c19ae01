import { symmetricKeySigner } from "../auth/sas-token.ts";
import { decodeSymmetricKey } from "../auth/symmetric-key.ts";
import { X509 } from "../auth/x509.ts";
import { type Credential, certificateCredential, generatedTokens } from "../connection/credential.ts";
import { ArgumentError, ClientError } from "../errors.ts";
import type { RegistrationResult } from "../provisioning/registration-result.ts";
import { type RegistrationProgress, RegistrationRun } from "../provisioning/registration-run.ts";
import type { Endpoint } from "../runtime.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import { encodePercent } from "../util/percent.ts";
import {
  type ClientOptions,
  type ResolvedOptions,
  requireFeature,
  resolveOptions,
} from "./client-options.ts";
import { requirePlatform } from "./client-setup.ts";
import { endpointOf } from "./endpoint.ts";
import type { Platform } from "./platform.ts";

/** The options of a provisioning client: those of the other clients that make sense for one registration. */
export type ProvisioningOptions = Pick<
  ClientOptions,
  | "serverVerificationCert"
  | "gatewayHostname"
  | "websockets"
  | "cipher"
  | "proxyOptions"
  | "sastokenTtl"
  | "keepAlive"
  | "signingMechanism"
  | "connectTimeoutMs"
  | "pingTimeoutMs"
  | "logger"
  | "engine"
>;

/** Options of `register`. */
export interface RegisterOptions extends OperationOptions {
  /** Told of each step, and when the service is asked again. */
  onProgress?: ((progress: RegistrationProgress) => void) | undefined;
  /** A certificate signing request, base64 of its DER form, whose subject is the registration id (preview). */
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
  operationTimeoutMs: "give timeoutMs to register()",
} as const;

const apiVersion = "2019-03-31";
const apiVersionWithCsr = "2025-07-01-preview";
/** How long a registration may take if nothing else is said, in milliseconds: custom allocation takes its time. */
const usualTimeoutMs = 300_000;

interface ProvisioningSetup {
  readonly platform: Platform;
  readonly endpoint: Endpoint;
  readonly registrationId: string;
  readonly idScope: string;
  readonly credential: Credential;
  readonly options: ResolvedOptions;
}

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
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;
  readonly #setup: ProvisioningSetup;
  #payload: unknown;
  #state: "idle" | "running" | "spent" = "idle";

  /** Use the factories. */
  protected constructor(setup: ProvisioningSetup) {
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
    const ids = checkIds(registrationId, idScope);
    const signer =
      resolved.signingMechanism ??
      symmetricKeySigner(decodeSymmetricKey(symmetricKey), (...args) =>
        platform.runtime.crypto.hmacSha256(...args),
      );
    const resource = `${ids.idScope}/registrations/${ids.registrationId}`;
    return new this({
      platform,
      endpoint: endpointOf(provisioningHost, resolved, undefined),
      ...ids,
      credential: generatedTokens(signer, resource, resolved.sastokenTtl, "registration"),
      options: resolved,
    });
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
    requireFeature(platform.runtime, "clientCertificate", "An X.509 client certificate");
    if (!(x509 instanceof X509)) {
      throw new ArgumentError("invalid_argument", `The certificate is ${typeof x509}, it must be an X509`);
    }
    const resolved = resolveOptions(options, platform.runtime, {
      ...notForProvisioning,
      sastokenTtl: "a certificate needs no token",
      signingMechanism: "a certificate needs no token",
    });
    const ids = checkIds(registrationId, idScope);
    return new this({
      platform,
      endpoint: endpointOf(provisioningHost, resolved, platform.runtime.loadCertificate?.(x509)),
      ...ids,
      credential: certificateCredential,
      options: resolved,
    });
  }

  /** Sent along with the registration, for custom allocation: anything with a JSON form. @source Python `provisioning_payload` */
  get provisioningPayload(): unknown {
    return this.#payload;
  }
  set provisioningPayload(payload: unknown) {
    try {
      if (payload !== undefined && JSON.stringify(payload) === undefined) throw new TypeError("no JSON form");
    } catch (cause) {
      throw new ArgumentError("invalid_argument", "The provisioning payload has no JSON form", { cause });
    }
    this.#payload = payload;
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
    const { onProgress, csr, timeoutMs = usualTimeoutMs, signal } = options;
    if (csr !== undefined && (typeof csr !== "string" || csr === "" || csr.includes("-----"))) {
      throw new ArgumentError(
        "invalid_argument",
        "csr must be the base64 of a request's DER form, without PEM lines",
      );
    }
    const { runtime } = this.#setup.platform;
    this.#state = "running";
    try {
      const result = await withDeadline(
        runtime.clock,
        "Registering",
        { signal, timeoutMs },
        usualTimeoutMs,
        (inner) => this.#run(csr, onProgress ?? (() => {}), inner),
      );
      this.#state = "spent";
      return result;
    } finally {
      if (this.#state === "running") this.#state = "idle";
    }
  }

  #run(
    csr: string | undefined,
    onProgress: (progress: RegistrationProgress) => void,
    signal: AbortSignal,
  ): Promise<RegistrationResult> {
    const { platform, endpoint, registrationId, idScope, credential, options } = this.#setup;
    const { runtime } = platform;
    const userAgent = encodePercent(`isohub-${runtime.name}/${runtime.version}`);
    const version = csr === undefined ? apiVersion : apiVersionWithCsr;
    const payload = this.#payload;
    const run = new RegistrationRun({
      runtime,
      engine: options.engine ?? platform.engine,
      endpoint,
      credential,
      clientId: registrationId,
      username: `${idScope}/registrations/${registrationId}/api-version=${version}&ClientVersion=${userAgent}`,
      keepAliveSeconds: options.keepAlive,
      pingTimeoutMs: options.pingTimeoutMs,
      connectTimeoutMs: options.connectTimeoutMs,
      request: {
        registrationId,
        ...(payload === undefined ? {} : { payload }),
        ...(csr === undefined ? {} : { csr }),
      },
      random: Math.random,
      onProgress,
    });
    return run.run(signal);
  }
}

const registrationIdRule = /^(?=.{1,128}$)[A-Za-z0-9][A-Za-z0-9\-._:]*$/;

function checkIds(registrationId: unknown, idScope: unknown): { registrationId: string; idScope: string } {
  if (
    typeof registrationId !== "string" ||
    !registrationIdRule.test(registrationId) ||
    !/[A-Za-z0-9-]$/.test(registrationId)
  ) {
    throw new ArgumentError(
      "invalid_argument",
      `The registration id is ${shown(registrationId)}, it must be 1 to 128 letters, digits and - . _ : that start with a letter or digit and end with one or with -`,
    );
  }
  if (typeof idScope !== "string" || !/^[A-Za-z0-9]{1,64}$/.test(idScope)) {
    throw new ArgumentError(
      "invalid_argument",
      `The id scope is ${shown(idScope)}, it must be letters and digits such as 0ne00000000`,
    );
  }
  return { registrationId, idScope };
}

function shown(value: unknown): string {
  return typeof value === "string" ? (value === "" ? "empty" : `'${value}'`) : String(value);
}
