import { checkRegistrationId } from "../auth/registration-id.ts";
import type { SigningMechanism } from "../auth/sas-token.ts";
import type { ClientCertificate } from "../auth/x509.ts";
import { type Credential, certificateCredential, generatedTokens } from "../connection/attempt/credential.ts";
import { registrationResource } from "../dialects/provisioning/registrant.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { mustBe } from "../errors.ts";
import type { RegistrationProgress } from "../provisioning/registration-run.ts";
import type { Endpoint } from "../runtime/runtime.ts";
import { withDeadline } from "../util/deadline.ts";
import { toJson } from "../util/json.ts";
import { loadFile } from "../util/load-file.ts";
import { endpointOf } from "./endpoint.ts";
import type { Platform } from "./platform.ts";
import type { ResolvedOptions } from "./resolve-options.ts";

/** The checked input of a device's registrations. */
export interface RegistrationSetup {
  readonly platform: Platform;
  readonly endpoint: Endpoint;
  readonly registrationId: string;
  readonly idScope: string;
  readonly credential: Credential;
  readonly options: ResolvedOptions;
}

/** The input of one registration. */
export interface RegistrationRequest {
  readonly payload: unknown;
  readonly csr?: string | undefined;
  /** The registrations in a row that failed before this one. Default: this one isn't repeated. */
  readonly failures?: number | undefined;
  onProgress(progress: RegistrationProgress): void;
}

/** The credential of a device, for the provisioning service and for its hub. */
export type DeviceProof =
  | { readonly signer: SigningMechanism }
  | { readonly certificate: ClientCertificate | undefined };

/** The default time limit of a registration, in milliseconds. It is long because custom allocation may take minutes. */
export const defaultRegistrationMs = 300_000;

/** @throws {ArgumentError} `invalid_argument` */
export function setupRegistration(
  platform: Platform,
  {
    provisioningHost,
    registrationId,
    idScope,
  }: Record<"provisioningHost" | "registrationId" | "idScope", string>,
  proof: DeviceProof,
  options: ResolvedOptions,
): RegistrationSetup {
  checkIds(registrationId, idScope);
  const resource = registrationResource({ idScope, registrationId });
  return {
    platform,
    endpoint: endpointOf(provisioningHost, options, "certificate" in proof ? proof.certificate : undefined),
    registrationId,
    idScope,
    credential:
      "signer" in proof
        ? generatedTokens(proof.signer, resource, options.sastokenTtl, "registration")
        : certificateCredential,
    options,
  };
}

/** Registers a device within a time limit. @param timeoutMs - defaults to five minutes */
export function register(
  setup: RegistrationSetup,
  { payload, csr, failures, onProgress }: RegistrationRequest,
  signal: AbortSignal | undefined,
  timeoutMs: number = defaultRegistrationMs,
): Promise<RegistrationResult> {
  const { platform, endpoint, registrationId, idScope, credential, options } = setup;
  const { runtime } = platform;
  const run = async (inner: AbortSignal): Promise<RegistrationResult> => {
    // Loaded on first use: most clients know their hub.
    const { RegistrationRun } = await loadFile(() => import("../provisioning/registration-run.ts"));
    inner.throwIfAborted();
    return new RegistrationRun({
      runtime,
      engine: options.engine ?? platform.engine,
      endpoint,
      credential,
      registrant: { idScope, registrationId, requestsCertificate: csr !== undefined },
      userAgent: `isohub-${runtime.name}/${runtime.version}`,
      options,
      connectStepTimeoutMs: options.connectStepTimeoutMs,
      failures,
      request: {
        registrationId,
        ...(payload === undefined ? {} : { payload }),
        ...(csr === undefined ? {} : { csr }),
      },
      random: Math.random,
      onProgress,
    }).run(inner);
  };
  return withDeadline(runtime.clock, "Registering", { signal, timeoutMs }, defaultRegistrationMs, run);
}

/** @throws {ArgumentError} `invalid_argument` for a value without a JSON form */
export function checkPayload(payload: unknown): unknown {
  if (payload !== undefined) toJson("The provisioning payload", payload);
  return payload;
}

function checkIds(registrationId: unknown, idScope: unknown): void {
  checkRegistrationId(registrationId);
  if (typeof idScope !== "string" || !/^[A-Za-z0-9]{1,64}$/.test(idScope)) {
    throw mustBe("The id scope", idScope, "letters and digits such as 0ne00000000");
  }
}
