import { Link } from "../connection/link/link.ts";
import type { LinkConfig, LinkTarget } from "../connection/link/link-config.ts";
import { growth } from "../connection/retry-policy.ts";
import {
  pollRequest,
  provisioningDialect,
  registerRequest,
} from "../dialects/provisioning/provisioning-dialect.ts";
import type { Registrant } from "../dialects/provisioning/registrant.ts";
import {
  type RegistrationResponse,
  readResponse,
  refusalOf,
} from "../dialects/provisioning/registration-response.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { asError, ConnectionDroppedError, CredentialError, type IsoHubError } from "../errors.ts";
import type { InboundPublish, OutboundPublish } from "../mqtt/engine.ts";
import { encodePublish } from "../mqtt/publish-packet.ts";
import { RequestLedger } from "../requests/request-ledger.ts";
import { never, type Timer } from "../util/clock.ts";
import { deferred } from "../util/deferred.ts";
import type { JsonObject } from "../util/json.ts";
import {
  initialRegistrationRunState,
  type RegistrationRunEffect,
  type RegistrationRunEvent,
  type RegistrationRunRules,
  type RegistrationRunState,
  reduceRegistrationRun,
} from "./registration-run-state.ts";

/** The progress of a registration. */
export interface RegistrationProgress {
  /** `assigning`: the service is working on it; `retrying`: a transient failure. */
  readonly status: "connecting" | "registering" | "assigning" | "retrying";
  /** The time until the next request to the service, in milliseconds. */
  readonly nextPollMs: number | undefined;
}

/** The options of a registration. */
export interface RegistrationRunConfig
  extends LinkConfig,
    Pick<LinkTarget, "endpoint" | "credential">,
    RegistrationRunRules {
  readonly registrant: Registrant;
  readonly userAgent: string;
  /** The body of the request, without secrets. */
  readonly request: JsonObject;
  /** The time limit of each step of connecting if the attempt is repeated after a failure, in milliseconds. */
  readonly connectStepTimeoutMs: number;
  /** The registrations in a row that failed before this one. Undefined if this one isn't repeated. */
  readonly failures: number | undefined;
  onProgress(progress: RegistrationProgress): void;
}

/** The time limit for a response, in milliseconds, unless that of a step of connecting is shorter. */
const longestResponseMs = 30_000;

/** One registration, from its first connection to its end. */
export class RegistrationRun {
  readonly #config: RegistrationRunConfig;
  readonly #ledger: RequestLedger<RegistrationResponse>;
  readonly #end = deferred<RegistrationResult>();
  #state: RegistrationRunState = initialRegistrationRunState;
  #link: Link | undefined;
  #timer: Timer | undefined;

  constructor(config: RegistrationRunConfig) {
    this.#config = config;
    this.#ledger = new RequestLedger(config.runtime.clock);
  }

  /** Registers. @param signal - aborts the registration */
  async run(signal: AbortSignal): Promise<RegistrationResult> {
    const onAbort = (): void => this.#end.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    this.#handle({ type: "start" });
    try {
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#state = { ...this.#state, phase: "over" };
      this.#timer?.cancel();
      await this.#link?.close();
    }
  }

  #handle(event: RegistrationRunEvent): void {
    const { runtime } = this.#config;
    const { state, effects } = reduceRegistrationRun(this.#state, event, runtime.clock.now(), this.#config);
    this.#state = state;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: RegistrationRunEffect): void {
    switch (effect.type) {
      case "connect":
        this.#report("connecting");
        this.#connect();
        return;
      case "register":
        this.#report("registering");
        this.#ask((requestId) => registerRequest(requestId, this.#config.request));
        return;
      case "poll":
        this.#ask((requestId) => pollRequest(requestId, effect.operationId));
        return;
      case "wait":
        this.#report(effect.isAssigning ? "assigning" : "retrying", effect.ms);
        this.#timer = this.#config.runtime.clock.setTimer(() => this.#handle({ type: "waited" }), effect.ms);
        return;
      case "succeed":
        this.#end.resolve(effect.result);
        return;
      case "refuse":
        this.#end.reject(refusalOf(effect.response));
        return;
      case "fail":
        this.#end.reject(effect.error);
    }
  }

  /** As for a hub: the limit grows with the failures, and an attempt that isn't repeated has only that for all steps. */
  get #stepTimeoutMs(): number {
    const { isAdmitted, failures } = this.#state;
    const before = this.#config.failures ?? (isAdmitted ? 0 : undefined);
    return before === undefined ? never : this.#config.connectStepTimeoutMs * growth ** (before + failures);
  }

  #connect(): void {
    this.#link?.abort();
    const { endpoint, credential, registrant, userAgent } = this.#config;
    const fields = provisioningDialect.connectFields(registrant, { userAgent, modelId: undefined });
    const link: Link = new Link(
      this.#config,
      { endpoint, credential, ...fields, stepTimeoutMs: this.#stepTimeoutMs },
      {
        onOpen: () => {
          link.subscribe([provisioningDialect.topicFilter("responses", registrant)]).then(
            () => this.#handle({ type: "connected" }),
            // The link reports its loss itself.
            () => {},
          );
        },
        onFailed: (error) => this.#lost(error),
        onLost: (error) => this.#lost(error),
        onPublish: (message, acknowledge) => this.#receive(message, acknowledge),
      },
    );
    this.#link = link;
  }

  #lost(cause: IsoHubError): void {
    const error = asServiceError(cause);
    if (this.#state.phase !== "waiting") this.#timer?.cancel();
    this.#ledger.rejectAll(error);
    this.#handle({ type: "lost", error });
  }

  #ask(encode: (requestId: string) => OutboundPublish): void {
    const requestId = this.#ledger.open({
      operation: "Registering",
      timeoutMs: never,
      resolve: (response) => {
        this.#timer?.cancel();
        this.#handle({ type: "response", response });
      },
      reject: () => {},
    });
    const ms = Math.min(longestResponseMs, this.#stepTimeoutMs);
    this.#timer = this.#config.runtime.clock.setTimer(() => {
      this.#link?.abort();
      this.#lost(
        new ConnectionDroppedError(
          "connection_dropped",
          `The provisioning service did not respond within ${ms} ms`,
        ),
      );
    }, ms);
    this.#link?.publish(encodePublish(encode(requestId)));
  }

  #receive(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    acknowledge?.();
    const read = readResponse(message);
    if (read !== undefined) this.#ledger.settle(read.requestId, read.response);
  }

  #report(status: RegistrationProgress["status"], nextPollMs?: number): void {
    try {
      this.#config.onProgress({ status, nextPollMs });
    } catch (error) {
      this.#end.reject(asError(error));
    }
  }
}

/** Replaces the remediation of a refusal, which is for hubs. */
function asServiceError(error: IsoHubError): IsoHubError {
  if (!(error instanceof CredentialError)) return error;
  return new CredentialError(error.code, error.message, {
    cause: error,
    remediation:
      "Check the id scope, the registration id, that its key or certificate is that of the enrollment, and this machine's clock",
  });
}
