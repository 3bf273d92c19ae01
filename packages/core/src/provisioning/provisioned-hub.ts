import type { HubLocator, HubTarget, LocatorEvents } from "../connection/hub-locator.ts";
import type { RegistrationResult } from "../dialects/provisioning/registration-result.ts";
import { asError, ClientError, type IsoHubError, ProtocolError } from "../errors.ts";
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

/** What a hub is found with. */
export interface ProvisionedHubParts {
  readonly clock: Clock;
  readonly registrationId: string;
  /** None: the assignment lasts as long as the client. */
  readonly storage: AssignmentStorage | undefined;
  readonly storageKey: string;
  register(
    onProgress: (progress: RegistrationProgress) => void,
    signal: AbortSignal,
  ): Promise<RegistrationResult>;
  /** @throws {ArgumentError} for a host name or device id that cannot be */
  targetOf(assignment: Assignment): HubTarget;
}

/** The hub that a device is assigned to: remembered, and asked for anew when it turns the device away. */
export class ProvisionedHub implements HubLocator {
  readonly name: string;
  readonly #parts: ProvisionedHubParts;
  #state: AssignmentState = initialAssignmentState;
  #target: HubTarget | undefined;
  #stored: string | undefined;
  #loading: Promise<void> | undefined;
  #loaded = false;

  constructor(parts: ProvisionedHubParts) {
    this.name = parts.registrationId;
    this.#parts = parts;
  }

  get target(): HubTarget | undefined {
    return this.#target;
  }

  locate(events: LocatorEvents, signal: AbortSignal): HubTarget | Promise<HubTarget> {
    if (!this.#loaded) {
      // Once for all dials, though the first may be given up meanwhile.
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
    events.log("warn", "The hub does not take the device any more; it registers again", {
      reason: error.message,
    });
    return this.#register(events, signal);
  }

  accepted(): void {
    this.#handle("accepted");
  }

  /** @returns the effect of an event, which its caller carries out */
  #handle(type: AssignmentEvent["type"]): AssignmentEffect["type"] | undefined {
    const { state, effects } = reduceAssignment(this.#state, { type }, this.#parts.clock.now());
    this.#state = state;
    return effects[0]?.type;
  }

  async #register(events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> {
    let target: HubTarget;
    try {
      target = await this.#assign(events, signal);
    } catch (error) {
      const known = this.#target;
      if (signal.aborted || this.#handle("notAssigned") === "fail" || known === undefined) throw error;
      events.onBackgroundError(asError(error));
      return known;
    }
    this.#handle("assigned");
    this.#target = target;
    return target;
  }

  async #assign(events: LocatorEvents, signal: AbortSignal): Promise<HubTarget> {
    const tell = ({ status, nextPollMs }: RegistrationProgress): void =>
      events.log("info", `The provisioning service: ${status}`, { nextPollMs });
    const { registrationState } = await this.#parts.register(tell, signal);
    const { assignedHub = "", deviceId = "" } = registrationState ?? {};
    const assignment = { assignedHub, deviceId };
    const target = this.#read(assignment);
    if (target instanceof Error) {
      throw new ProtocolError(
        "protocol_error",
        `The provisioning service has assigned what cannot be: ${target.message}`,
        { cause: target },
      );
    }
    events.log("info", `The device is '${deviceId}' at ${assignedHub}`, {});
    await this.#store(assignment, events);
    return target;
  }

  async #load(events: LocatorEvents): Promise<void> {
    const { storage, storageKey } = this.#parts;
    let text: unknown;
    try {
      text = await storage?.get(storageKey);
    } catch (error) {
      events.onBackgroundError(storageFailed(error));
    }
    this.#loaded = true;
    if (text === undefined || text === null) return;
    const assignment = typeof text === "string" ? readAssignment(text) : undefined;
    const target = assignment === undefined ? undefined : this.#read(assignment);
    if (typeof text !== "string" || target === undefined || target instanceof Error) {
      events.log("warn", "The stored assignment is not one, and is not used", { key: storageKey });
      return;
    }
    this.#stored = text;
    this.#target = target;
    this.#handle("found");
  }

  async #store(assignment: Assignment, events: LocatorEvents): Promise<void> {
    const text = writeAssignment(assignment);
    if (text === this.#stored) return;
    try {
      await this.#parts.storage?.set(this.#parts.storageKey, text);
      this.#stored = text;
    } catch (error) {
      events.onBackgroundError(storageFailed(error));
    }
  }

  #read(assignment: Assignment): HubTarget | Error {
    try {
      return this.#parts.targetOf(assignment);
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
      remediation: "Without it the device registers at each start",
    },
  );
}
