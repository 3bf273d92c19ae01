import { type Clock, type CryptoProvider, isJsonObject } from "@isohub/core/internal";
import type { CertificateIssuer, IssuedCertificate } from "../certificates/certificate-issuer.ts";
import type { PresentedCredentials } from "../hub/credentials/credentials.ts";
import { policyKeys } from "../hub/credentials/policies.ts";
import type { EventFeed } from "../hub/events/event-feed.ts";
import { HubError, hubErrorOf } from "../hub/hub-error.ts";
import type { Store, Table } from "../store/store.ts";
import { type AssignmentOptions, assign, failed, ifReached, newState } from "./assignment.ts";
import { type AttestationContext, type Attested, attest, type NotAttested } from "./attesting.ts";
import { Enrollments, type EnrollmentsOptions } from "./enrollments.ts";
import type { ProvisioningInterceptor, RegistrationFaults } from "./provisioning-faults.ts";
import type { ProvisioningAnswer, RegistrationOperation, RegistrationState } from "./registration-record.ts";

/** Options of a {@link Provisioning} service. */
export interface ProvisioningOptions extends AssignmentOptions, EnrollmentsOptions {
  readonly idScope: string;
  readonly sasClockSkewSeconds: number;
  /** Verifies signatures and derives keys. Defaults to WebCrypto. */
  readonly crypto?: CryptoProvider | undefined;
  /** The `retry-after` of responses, in seconds, unless a fault changes it. */
  readonly retryAfterSeconds: number;
  readonly interceptor: ProvisioningInterceptor;
  readonly issueCertificate: CertificateIssuer;
  /** Holds the state of the service. */
  readonly store: Store;
  /** Returns the events of the first hub, which include those of registrations. */
  events(): EventFeed;
}

interface Operation {
  readonly id: string;
  readonly registrationId: string;
  readonly registrationKey: string;
  readonly retryAfterSeconds: number;
  readonly faults: RegistrationFaults;
  /** The number of polls so far. */
  polls: number;
  throttled: number;
  outcome: RegistrationState | undefined;
  /** Why the last attempt failed to reach a hub. The next request of the device starts another attempt. */
  obstacle: HubError | undefined;
  /** Assigns the device to a hub; `undefined` once that is done, because operations are kept. */
  attempt: (() => Promise<RegistrationState>) | undefined;
}

/** The Device Provisioning Service without sockets: enrollments, and the registrations of devices. */
export class Provisioning {
  readonly individual: Enrollments;
  readonly groups: Enrollments;
  /** The key of the policy `provisioningserviceowner`. */
  readonly ownerKey: string;
  readonly #options: ProvisioningOptions;
  readonly #attestation: AttestationContext;
  readonly #states: Table<RegistrationState>;
  readonly #operations = new Map<string, Operation>();
  readonly #latest = new Map<string, Operation>();
  // The names of the hubs that registrations are to be moved to.
  readonly #moves: Table<string>;

  constructor(options: ProvisioningOptions) {
    this.#options = options;
    this.individual = new Enrollments("individual", options);
    this.groups = new Enrollments("group", options);
    const { clock, store, idScope, sasClockSkewSeconds, crypto } = options;
    this.ownerKey = policyKeys(store, "provisioningserviceowner", options.makeKey).primaryKey;
    this.#states = store.table("registrations");
    this.#moves = store.table("moves");
    const { individual, groups } = this;
    this.#attestation = { clock, idScope, sasClockSkewSeconds, individual, groups, crypto };
  }

  get idScope(): string {
    return this.#options.idScope;
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Checks the credentials of a device that registers. */
  attest(
    idScope: string,
    registrationId: string,
    presented: PresentedCredentials,
  ): Promise<Attested | NotAttested> {
    return attest(this.#attestation, idScope, registrationId, presented);
  }

  /** Registers a device. While its registration is in progress, this returns the same operation. */
  register(attested: Attested, body: unknown): ProvisioningAnswer {
    const { registrationId, enrollment } = attested;
    const list = enrollment.kind === "individual" ? this.individual : this.groups;
    if (list.find(enrollment.id) === undefined)
      return refusal(new HubError("IotHubUnauthorizedAccess", "Unauthorized"));
    if (!isJsonObject(body)) return bad("The body must be a JSON object.");
    const { registrationId: named, payload, csr } = body;
    if (typeof named !== "string" || named.toLowerCase() !== registrationId.toLowerCase()) {
      return bad(`registrationId in the body must be '${registrationId}'.`);
    }
    if (csr !== undefined && csr !== null && typeof csr !== "string") return bad("csr must be a string.");
    const faults = this.#options.interceptor(registrationId) ?? {};
    if ("throttled" in faults) {
      return throttled(faults.retryAfterSeconds ?? this.#options.retryAfterSeconds);
    }
    const key = registrationId.toLowerCase();
    const running = this.#latest.get(key);
    if (running !== undefined && running.outcome === undefined) {
      if (running.obstacle !== undefined) this.#start(running);
      return assigning(running);
    }
    const operation: Operation = {
      id: newOperationId(),
      registrationId,
      registrationKey: key,
      retryAfterSeconds: faults.retryAfterSeconds ?? this.#options.retryAfterSeconds,
      faults,
      polls: 0,
      throttled: 0,
      outcome: undefined,
      obstacle: undefined,
      attempt: () => this.#outcome(operation, attested, payload, csr ?? undefined),
    };
    this.#operations.set(operation.id, operation);
    this.#latest.set(key, operation);
    this.#start(operation);
    const answer = assigning(operation);
    return faults.dropAfterRegister ? { ...answer, cut: true } : answer;
  }

  /**
   * Returns the status of a registration to its device.
   *
   * @param plain - whether the device can't use TLS, and needs the plain port of its hub
   */
  poll(registrationId: string, operationId: string, plain = false): ProvisioningAnswer {
    const operation = this.#operations.get(operationId);
    if (operation?.registrationKey !== registrationId.toLowerCase()) {
      return refusal(new HubError("OperationNotFound", `There is no operation '${operationId}'.`));
    }
    const { faults, retryAfterSeconds, outcome } = operation;
    if (operation.throttled < (faults.throttlePolls ?? 0)) {
      operation.throttled++;
      return throttled(retryAfterSeconds);
    }
    const { obstacle } = operation;
    if (obstacle !== undefined) {
      this.#start(operation);
      return { ...refusal(obstacle), retryAfterSeconds };
    }
    if (outcome === undefined || operation.polls < (faults.assigningPolls ?? 0)) {
      operation.polls++;
      return assigning(operation);
    }
    const { assignedHub } = outcome;
    const hub = plain && assignedHub !== undefined ? this.#options.hubs.find(assignedHub) : undefined;
    const state = hub === undefined ? outcome : { ...outcome, assignedHub: hub.plainHost() };
    return { status: 200, body: done(operation.id, state) };
  }

  /**
   * Moves a device to another hub: its next registration assigns it there, whatever its allocation policy is. Until then
   * it is disabled in its old hub, so that it registers.
   *
   * @throws {HubError} EnrollmentNotFound if it has not been registered; ArgumentInvalid if there is no such hub
   */
  async move(registrationId: string, hubName: string): Promise<void> {
    const { assignedHub = "", deviceId } = this.state(registrationId);
    const { hubs } = this.#options;
    const hub = hubs.find(hubName);
    if (hub === undefined) {
      throw new HubError("ArgumentInvalid", `'${hubName}' is not a hub of this emulator.`);
    }
    this.#moves.set(registrationId.toLowerCase(), hub.name);
    const old = hubs.find(assignedHub);
    if (old === undefined || old.name === hub.name || deviceId === undefined || !old.isAvailable) return;
    await ifReached(old.devices.update(deviceId, { status: "disabled" }));
  }

  /** Returns the state of a registration. @throws {HubError} EnrollmentNotFound if the device has never registered */
  state(registrationId: string): RegistrationState {
    const state = this.#states.get(registrationId.toLowerCase());
    if (state !== undefined) return state;
    throw new HubError("EnrollmentNotFound", `'${registrationId}' has not been registered.`);
  }

  /** Returns all registrations, or those of a group. */
  states(enrollmentGroupId?: string): RegistrationState[] {
    const all = [...this.#states.values()];
    if (enrollmentGroupId === undefined) return all;
    const wanted = enrollmentGroupId.toLowerCase();
    return all.filter(
      ({ symmetricKey, x509 }) => (symmetricKey ?? x509)?.enrollmentGroupId?.toLowerCase() === wanted,
    );
  }

  /** Deletes a registration; its device stays in the hub. @throws {HubError} EnrollmentNotFound */
  forget(registrationId: string): void {
    this.state(registrationId);
    this.#states.delete(registrationId.toLowerCase());
  }

  /** Deletes an individual enrollment with its registration. @throws {HubError} EnrollmentNotFound */
  deleteEnrollment(registrationId: string): void {
    this.#options.store.batch(() => {
      this.individual.delete(registrationId);
      this.#states.delete(registrationId.toLowerCase());
    });
  }

  /** Deletes a group with its registrations. @throws {HubError} EnrollmentNotFound */
  deleteGroup(enrollmentGroupId: string): void {
    this.#options.store.batch(() => {
      const { id } = this.groups.delete(enrollmentGroupId);
      for (const { registrationId } of this.states(id)) this.#states.delete(registrationId.toLowerCase());
    });
  }

  /** Attempts to assign a device to a hub. */
  #start(operation: Operation): void {
    operation.obstacle = undefined;
    void operation.attempt?.().then(
      (outcome) => {
        this.#states.set(operation.registrationKey, outcome);
        operation.outcome = outcome;
        operation.attempt = undefined;
        const { status, assignedHub, deviceId: assignedDeviceId, errorMessage: detail } = outcome;
        const body = {
          status,
          ...(assignedHub === undefined ? {} : { assignedHub }),
          ...(assignedDeviceId === undefined ? {} : { assignedDeviceId }),
          ...(detail === undefined ? {} : { detail }),
        };
        this.#options.events().emit("registrationDone", { deviceId: operation.registrationId }, body);
      },
      (error: unknown) => {
        operation.obstacle = hubErrorOf(error);
        const { message: detail } = operation.obstacle;
        this.#options
          .events()
          .emit("registrationRefused", { deviceId: operation.registrationId }, { detail });
      },
    );
  }

  async #outcome(
    { registrationKey, faults: { fail } }: Operation,
    attested: Attested,
    payload: unknown,
    csr: string | undefined,
  ): Promise<RegistrationState> {
    const before = this.#states.get(registrationKey);
    if (fail !== undefined) {
      return failed(newState(this.#options.clock, attested, before), fail.errorCode, fail.message);
    }
    const target = this.#options.hubs.find(this.#moves.get(registrationKey) ?? "");
    if (csr === undefined) return assign(this.#options, attested, payload, before, target);
    let issued: IssuedCertificate;
    try {
      issued = await this.#options.issueCertificate(csr, attested.registrationId);
    } catch (error) {
      const { errorCode = 500001, message } = error as Partial<HubError>;
      return failed(newState(this.#options.clock, attested, before), errorCode, message ?? String(error));
    }
    // The device has registered with other credentials, but the hub identifies it by the issued certificate.
    const credentials = { authentication: "selfSigned", primaryThumbprint: issued.thumbprint } as const;
    const state = await assign(this.#options, { ...attested, credentials }, payload, before, target);
    return state.status === "assigned" ? { ...state, issuedCertificateChain: issued.chain } : state;
  }
}

function assigning({ id, retryAfterSeconds }: Operation): ProvisioningAnswer {
  return { status: 202, retryAfterSeconds, body: { operationId: id, status: "assigning" } };
}

function done(operationId: string, registrationState: RegistrationState): RegistrationOperation {
  return { operationId, status: registrationState.status, registrationState };
}

function bad(message: string): ProvisioningAnswer {
  return refusal(new HubError("ArgumentInvalid", message));
}

function throttled(retryAfterSeconds: number): ProvisioningAnswer {
  const error = new HubError("ThrottlingException", "The provisioning service is busy; try again later.");
  return { ...refusal(error), retryAfterSeconds };
}

/** Returns an error as a response. */
export function refusal(error: HubError): ProvisioningAnswer {
  return { status: error.statusCode, body: error.toBody() };
}

// In the form of the service: `5.{16 hex}.{guid}`.
function newOperationId(): string {
  const head = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
  return `5.${head}.${crypto.randomUUID()}`;
}
