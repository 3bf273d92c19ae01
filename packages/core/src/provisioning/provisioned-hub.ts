import type { HubLocator, HubTarget, LocatorEvents } from "../connection/attempt/hub-locator.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { asError, ClientError, type IsoHubError, ProtocolError } from "../errors.ts";
import type { TransportChoice } from "../runtime/runtime.ts";
import type { Clock } from "../util/clock.ts";
import {
  type AssignmentEffect,
  type AssignmentEvent,
  type AssignmentState,
  initialAssignmentState,
  reduceAssignment,
} from "./assignment-state.ts";
import {
  type Assignment,
  type AssignmentStorage,
  readAssignment,
  writeAssignment,
} from "./assignment-storage.ts";
import type { RegistrationProgress } from "./registration-run.ts";

/** The options of a provisioned hub. */
export interface ProvisionedHubOptions {
  readonly clock: Clock;
  readonly registrationId: string;
  /** Without one, the assignment lasts as long as the client. */
  readonly storage: AssignmentStorage | undefined;
  readonly storageKey: string;
  /** @param failures - the registrations in a row that failed before; undefined if a failure isn't repeated */
  register(
    onProgress: (progress: RegistrationProgress) => void,
    signal: AbortSignal,
    failures: number | undefined,
  ): Promise<RegistrationResult>;
  /** Whether attempts are repeated before the device has had a hub. */
  readonly firstConnectionRetry: boolean;
  /** The memory of `websockets: "auto"`, which is stored with the assignment. */
  readonly autoTransport: Pick<TransportChoice, "websockets"> | undefined;
  /** @throws {ArgumentError} the host name or device id isn't valid */
  targetOf(assignment: Assignment): HubTarget;
}

/** The hub that a device is assigned to. It is stored, and the device registers again if the hub refuses it. */
export class ProvisionedHub implements HubLocator {
  readonly name: string;
  readonly #options: ProvisionedHubOptions;
  #state: AssignmentState = initialAssignmentState;
  #target: HubTarget | undefined;
  #assignment: Assignment | undefined;
  #stored: string | undefined;
  #loading: Promise<void> | undefined;
  #loaded = false;
  /** Registrations in a row that failed. */
  #failures = 0;

  constructor(options: ProvisionedHubOptions) {
    this.name = options.registrationId;
    this.#options = options;
  }

  get target(): HubTarget | undefined {
    return this.#target;
  }

  locate(events: LocatorEvents, signal: AbortSignal): HubTarget | Promise<HubTarget> {
    if (!this.#loaded) {
      // Once for all attempts, although the first one may be aborted meanwhile.
      this.#loading ??= this.#load(events);
      return this.#loading.then(() => {
        signal.throwIfAborted();
        return this.locate(events, signal);
      });
    }
    const next = this.#handle("attempt");
    return next === "connect" && this.#target !== undefined ? this.#target : this.#register(events, signal);
  }

  failed(error: IsoHubError, events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> | undefined {
    const isRefusal = error.code === "not_authorized";
    if (this.#handle(isRefusal ? "refused" : "unreached") === "fail") return undefined;
    events.log("warn", "The hub refuses the device, which registers again", {
      reason: error.message,
    });
    return this.#register(events, signal);
  }

  accepted(events: LocatorEvents): void {
    this.#handle("accepted");
    if (this.#options.autoTransport !== undefined) void this.#store(events);
  }

  /** @returns the effect of an event, which its caller carries out */
  #handle(type: AssignmentEvent["type"]): AssignmentEffect["type"] | undefined {
    const { state, effects } = reduceAssignment(this.#state, { type }, this.#options.clock.now());
    this.#state = state;
    return effects[0]?.type;
  }

  async #register(events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> {
    let target: HubTarget;
    try {
      target = await this.#assign(events, signal);
    } catch (error) {
      this.#failures++;
      const known = this.#target;
      if (signal.aborted || this.#handle("notAssigned") === "fail" || known === undefined) throw error;
      events.onBackgroundError(asError(error));
      return known;
    }
    this.#handle("assigned");
    this.#failures = 0;
    this.#target = target;
    return target;
  }

  async #assign(events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> {
    const log = ({ status, nextPollMs }: RegistrationProgress): void =>
      events.log("info", `The provisioning service: ${status}`, { nextPollMs });
    const isRepeated = this.#target !== undefined || this.#options.firstConnectionRetry;
    const failures = isRepeated ? this.#failures : undefined;
    const { registrationState } = await this.#options.register(log, signal, failures);
    const { assignedHub = "", deviceId = "" } = registrationState ?? {};
    const assignment: Assignment = { assignedHub, deviceId };
    const target = this.#read(assignment);
    if (target instanceof Error) {
      throw new ProtocolError(
        "protocol_error",
        `The provisioning service sent an invalid assignment: ${target.message}`,
        { cause: target },
      );
    }
    events.log("info", `The device is assigned to ${assignedHub} as '${deviceId}'`, {});
    this.#assignment = assignment;
    await this.#store(events);
    return target;
  }

  async #load(events: LocatorEvents): Promise<void> {
    const { storage, storageKey } = this.#options;
    let value: unknown;
    try {
      value = await storage?.get(storageKey);
    } catch (error) {
      events.onBackgroundError(storageFailed(error));
    }
    this.#loaded = true;
    if (value === undefined || value === null) return;
    const assignment = typeof value === "string" ? readAssignment(value) : undefined;
    const target = assignment === undefined ? undefined : this.#read(assignment);
    if (typeof value !== "string" || target === undefined || target instanceof Error) {
      events.log("warn", "The stored assignment is not valid and is ignored", { key: storageKey });
      return;
    }
    this.#assignment = assignment;
    this.#stored = value;
    this.#target = target;
    const { autoTransport } = this.#options;
    if (autoTransport !== undefined) autoTransport.websockets = assignment?.websockets === true;
    this.#handle("found");
  }

  async #store(events: LocatorEvents): Promise<void> {
    const { autoTransport } = this.#options;
    if (this.#assignment === undefined) return;
    const value = writeAssignment({ ...this.#assignment, websockets: autoTransport?.websockets });
    if (value === this.#stored) return;
    try {
      await this.#options.storage?.set(this.#options.storageKey, value);
      this.#stored = value;
    } catch (error) {
      events.onBackgroundError(storageFailed(error));
    }
  }

  #read(assignment: Assignment): HubTarget | Error {
    try {
      return this.#options.targetOf(assignment);
    } catch (error) {
      return asError(error);
    }
  }
}

function storageFailed(cause: unknown): ClientError {
  return new ClientError(
    "storage_failed",
    `The storage for the assignment failed: ${asError(cause).message}`,
    {
      cause,
      remediation: "Repair the storage; without it, the device registers at each start",
    },
  );
}
