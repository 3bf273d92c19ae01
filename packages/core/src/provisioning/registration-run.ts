import { Link } from "../connection/link.ts";
import type { LinkConfig, LinkTarget } from "../connection/link-config.ts";
import { RequestLedger } from "../connection/request-ledger.ts";
import {
  asError,
  ConnectionDroppedError,
  CredentialError,
  type IsoHubError,
  ServiceError,
} from "../errors.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import { isJsonObject, type JsonObject } from "../twin/twin-patch.ts";
import type { Timer } from "../util/clock.ts";
import { deferred } from "../util/deferred.ts";
import { fromUtf8 } from "../util/text.ts";
import {
  proceed,
  type RegistrationAnswer,
  type RegistrationCourse,
  type RegistrationEffect,
  type RegistrationEvent,
  startOfRegistration,
} from "./registration.ts";
import { type RegistrationResult, readRegistration } from "./registration-result.ts";
import {
  pollTopic,
  readRegistrationTopic,
  registerTopic,
  registrationFilter,
} from "./registration-topics.ts";

/** How a registration is getting on. */
export interface RegistrationProgress {
  /** `assigning`: the service is at work; `retrying`: something failed for a while. */
  readonly status: "connecting" | "registering" | "assigning" | "retrying";
  /** When the service is asked again, in milliseconds from now. */
  readonly nextPollMs: number | undefined;
}

/** What a registration is made with. */
export interface RegistrationRunConfig extends LinkConfig, LinkTarget {
  /** The body of the request, without secrets. */
  readonly request: JsonObject;
  readonly random: () => number;
  onProgress(progress: RegistrationProgress): void;
}

const answerTimeoutMs = 30_000;

/** One registration, from its first connection to its end: carries the effects of `proceed` out. */
export class RegistrationRun {
  readonly #config: RegistrationRunConfig;
  readonly #ledger: RequestLedger<RegistrationAnswer>;
  readonly #end = deferred<RegistrationResult>();
  #course: RegistrationCourse;
  #link: Link | undefined;
  #timer: Timer | undefined;
  #body: JsonObject = {};

  constructor(config: RegistrationRunConfig) {
    this.#config = config;
    this.#ledger = new RequestLedger(config.runtime.clock);
    this.#course = startOfRegistration.course;
  }

  /** Runs to the end. @param signal - gives the registration up */
  async run(signal: AbortSignal): Promise<RegistrationResult> {
    const onAbort = (): void => this.#end.reject(signal.reason);
    signal.addEventListener("abort", onAbort);
    for (const effect of startOfRegistration.effects) this.#carryOut(effect);
    try {
      return await this.#end.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#course = { ...this.#course, phase: "over" };
      this.#timer?.cancel();
      await this.#link?.close();
    }
  }

  #handle(event: RegistrationEvent): void {
    const { course, effects } = proceed(this.#course, event, this.#config.random);
    this.#course = course;
    for (const effect of effects) this.#carryOut(effect);
  }

  #carryOut(effect: RegistrationEffect): void {
    switch (effect.type) {
      case "connect":
        this.#tell("connecting");
        this.#connect();
        return;
      case "register":
        this.#tell("registering");
        this.#ask(registerTopic, JSON.stringify(this.#config.request));
        return;
      case "poll":
        // The service wants a body here, be it a space.
        this.#ask((requestId) => pollTopic(requestId, effect.operationId), " ");
        return;
      case "wait":
        this.#tell(effect.assigning ? "assigning" : "retrying", effect.ms);
        this.#timer = this.#config.runtime.clock.setTimer(() => this.#handle({ type: "waited" }), effect.ms);
        return;
      case "succeed":
        this.#end.resolve(effect.result);
        return;
      case "refuse":
        this.#end.reject(refusal(effect.answer, this.#body));
        return;
      case "fail":
        this.#end.reject(effect.error);
    }
  }

  #connect(): void {
    this.#link?.abort();
    const link: Link = new Link(this.#config, this.#config, {
      onOpen: () => {
        link.subscribe([{ filter: registrationFilter, qos: 1 }]).then(
          () => this.#handle({ type: "connected" }),
          // The link says itself that it is lost.
          () => {},
        );
      },
      onFailed: (error) => this.#lost(error),
      onLost: (error) => this.#lost(error),
      onPublish: (message) => this.#receive(link, message),
    });
    this.#link = link;
  }

  #lost(cause: IsoHubError): void {
    const error = ofTheService(cause);
    if (this.#course.phase !== "waiting") this.#timer?.cancel();
    this.#ledger.rejectAll(error);
    this.#handle({ type: "connectionLost", error, retryable: error.retryable });
  }

  #ask(topicFor: (requestId: string) => string, payload: string): void {
    const requestId = this.#ledger.open({
      what: "Registering",
      timeoutMs: Number.POSITIVE_INFINITY,
      resolve: (answer) => {
        this.#timer?.cancel();
        this.#handle({ type: "answer", answer });
      },
      reject: () => {},
    });
    this.#timer = this.#config.runtime.clock.setTimer(() => {
      this.#link?.abort();
      this.#lost(
        new ConnectionDroppedError(
          "connection_dropped",
          `The provisioning service did not answer within ${answerTimeoutMs} ms`,
        ),
      );
    }, answerTimeoutMs);
    this.#link?.publish({ topic: topicFor(requestId), payload, qos: 1, dup: false, packetId: 1 });
  }

  #receive(link: Link, { topic, payload, packetId }: InboundPublish): void {
    if (packetId !== undefined) link.acknowledge(packetId);
    const read = readRegistrationTopic(topic);
    if (read === undefined) return;
    this.#body = parse(payload);
    const { status, requestId, retryAfterMs } = read;
    this.#ledger.settle(requestId, { status, retryAfterMs, result: readRegistration(this.#body) });
  }

  #tell(status: RegistrationProgress["status"], nextPollMs?: number): void {
    try {
      this.#config.onProgress({ status, nextPollMs });
    } catch (error) {
      this.#end.reject(asError(error));
    }
  }
}

/** A refusal that says what to look at here; a hub would have other things to look at. */
function ofTheService(error: IsoHubError): IsoHubError {
  if (!(error instanceof CredentialError)) return error;
  return new CredentialError(error.code, error.message, {
    cause: error,
    remediation:
      "Check the id scope, the registration id, that its key or certificate is that of the enrollment, and the clock of this machine",
  });
}

function parse(payload: Uint8Array): JsonObject {
  try {
    const value: unknown = JSON.parse(fromUtf8(payload));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

const refusals = {
  disabled: [
    "registration_disabled",
    "The enrollment is disabled",
    "Enable the enrollment in the provisioning service",
  ],
  failed: ["registration_failed", "The service could not assign the device", undefined],
  unassigned: ["registration_unassigned", "The service has not assigned the device", undefined],
} as const;

/** An answer that is no assignment, as an error with everything that the service said. */
function refusal({ status, retryAfterMs, result }: RegistrationAnswer, body: JsonObject): ServiceError {
  const state = result.registrationState;
  const outcome = result.status === "assigned" || result.status === "assigning" ? undefined : result.status;
  const [code, what, remediation] =
    outcome === undefined
      ? (["service_error", "The provisioning service refused", undefined] as const)
      : refusals[outcome];
  const { message, errorCode, trackingId } = body;
  const said = state?.errorMessage ?? (typeof message === "string" ? message : undefined);
  const number = state?.errorCode ?? (typeof errorCode === "number" ? errorCode : undefined);
  const sub = state?.subStatus === undefined ? "" : `, ${state.subStatus}`;
  return new ServiceError(`${what} (status ${status}${sub})${said === undefined ? "" : `: ${said}`}`, {
    code,
    statusCode: status,
    retryAfterMs,
    errorCode: number,
    trackingId: typeof trackingId === "string" ? trackingId : undefined,
    registration: result,
    ...(remediation === undefined ? {} : { remediation }),
  });
}
