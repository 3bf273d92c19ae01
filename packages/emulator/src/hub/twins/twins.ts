import type { JsonObject } from "@isohub/core";
import type { Clock } from "@isohub/core/internal";
import type { Store, Table } from "../../store/store.ts";
import { isoTime } from "../clock.ts";
import { type EtagCondition, requireEtag } from "../etag.ts";
import type { EventFeed } from "../events/event-feed.ts";
import { errorOfStatus, HubError } from "../hub-error.ts";
import { type Identity, identityKey } from "../identities/identity.ts";
import { jsonBytes, parseJson } from "../json.ts";
import type { Session } from "../sessions/session.ts";
import type { Sessions } from "../sessions/sessions.ts";
import {
  changeTwin,
  deviceTwin,
  newTwin,
  patchDesired,
  patchReported,
  patchTags,
  type TwinChange,
  type TwinProperties,
  type TwinRecord,
  twinEtag,
} from "./twin.ts";

/** The twin requests of a device. */
export type TwinOperation = "get" | "patch";

/** A failed answer to a twin request, or none at all. */
export type TwinFault =
  | { readonly status: number; readonly retryAfterSeconds?: number; readonly detail?: string }
  | "silence";

/** Called before each twin request of a device; a fault that it returns replaces the answer. */
export type TwinInterceptor = (session: Session, operation: TwinOperation) => TwinFault | undefined;

/** The contents of a twin, without versions and metadata. */
export interface TwinValues {
  readonly tags: JsonObject;
  readonly desired: JsonObject;
  readonly reported: JsonObject;
}

/** A write to a twin: the sections that were written, as they are reported. */
export interface TwinWrite {
  readonly operation: "updateTwin" | "replaceTwin";
  readonly version: number;
  readonly tags?: unknown;
  readonly properties?: { readonly desired: JsonObject } | { readonly reported: JsonObject };
}

const emptyBody = new Uint8Array();

/** The twins of all identities, and the devices' requests for them. */
export class Twins {
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #events: EventFeed;
  readonly #intercept: TwinInterceptor;
  readonly #twins: Table<TwinRecord>;
  /** Called after each write to a twin, while somebody wants to know. */
  onWrite: ((identity: Identity, write: TwinWrite) => void) | undefined;

  /** Called after each write to a twin: the configurations that select it may change. */
  onChange: ((identity: Identity) => void) | undefined;

  constructor(clock: Clock, store: Store, sessions: Sessions, events: EventFeed, intercept: TwinInterceptor) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#events = events;
    this.#intercept = intercept;
    this.#twins = store.table("twins");
  }

  /** Returns the twin of an existing identity. It is created by its first use. */
  of(identity: Identity): TwinRecord {
    const key = identityKey(identity);
    const twin = this.#twins.get(key);
    if (twin !== undefined) return twin;
    const created = newTwin(this.#now());
    this.#twins.set(key, created);
    return created;
  }

  /** Copies tags and properties from a twin of another hub; versions start over. */
  adopt(identity: Identity, { tags, desired, reported }: TwinValues): void {
    const now = this.#now();
    const tagged = patchTags(newTwin(now), tags);
    const { twin } = patchReported(patchDesired(tagged, desired, now).twin, reported, now);
    this.#twins.set(identityKey(identity), twin);
    this.onChange?.(identity);
  }

  forget(identity: Identity): void {
    this.#twins.delete(identityKey(identity));
  }

  /** Merges a patch of a service into the tags. @throws {HubError} ArgumentInvalid */
  patchTags(identity: Identity, tags: unknown): void {
    this.change(identity, { tags });
  }

  /** Merges a patch of a service into the desired properties. @throws {HubError} ArgumentInvalid */
  patchDesired(identity: Identity, desired: unknown): void {
    this.change(identity, { desired });
  }

  /**
   * Merges a change of a service into a twin, or replaces tags and desired properties with it. Notifies the device of
   * desired properties if it is connected and subscribed.
   *
   * @throws {HubError} ArgumentInvalid; PreconditionFailed if the twin doesn't meet the condition
   */
  change(
    identity: Identity,
    change: TwinChange,
    { how = "patch", condition }: { how?: "patch" | "replace"; condition?: EtagCondition | undefined } = {},
  ): void {
    const key = identityKey(identity);
    const before = this.of(identity);
    requireEtag(condition, twinEtag(before), `the twin of '${key}'`);
    const { twin, applied } = changeTwin(before, change, this.#now(), how);
    this.#twins.set(key, twin);
    const { tags } = change;
    this.onWrite?.(identity, {
      operation: how === "patch" ? "updateTwin" : "replaceTwin",
      version: twin.version,
      ...(tags === undefined ? {} : { tags }),
      ...(applied === undefined ? {} : { properties: { desired: withMetadata(applied, twin.desired) } }),
    });
    if (applied !== undefined) this.#notify(identity, twin, applied);
    this.onChange?.(identity);
  }

  #notify(identity: Identity, { desired: { version } }: TwinRecord, patch: JsonObject): void {
    this.#events.emit("twinDesired", identity, { version, patch });
    this.#sessions
      .live(identityKey(identity))
      ?.sendTo("desired", `$iothub/twin/PATCH/properties/desired/?$version=${version}`, jsonBytes(patch));
  }

  /** Checks that a change fits the twin of an identity, or a new twin. @throws {HubError} ArgumentInvalid */
  check(change: TwinChange, identity?: Identity): void {
    const now = this.#now();
    changeTwin(identity === undefined ? newTwin(now) : this.of(identity), change, now);
  }

  /**
   * Merges a patch of the device into the reported properties, and returns their new version.
   *
   * @throws {HubError} ArgumentInvalid, PreconditionFailed
   */
  patchReported(identity: Identity, patch: unknown, ifVersion?: number): number {
    const { twin, applied } = patchReported(this.of(identity), patch, this.#now(), ifVersion);
    this.#twins.set(identityKey(identity), twin);
    const { version } = twin.reported;
    this.onWrite?.(identity, {
      operation: "updateTwin",
      version: twin.version,
      properties: { reported: withMetadata(applied, twin.reported) },
    });
    this.#events.emit("twinReported", identity, { version, patch: applied });
    this.onChange?.(identity);
    return version;
  }

  /** Answers a device that reads its twin. */
  get(session: Session, rid: string | undefined): void {
    this.#answer(session, "get", rid, () => {
      this.#events.emit("twinRead", session.identity, {});
      return { status: 200, body: jsonBytes(deviceTwin(this.of(session.identity))) };
    });
  }

  /** Merges the properties that a device reports, and answers it. */
  report(
    session: Session,
    rid: string | undefined,
    ifVersion: string | undefined,
    payload: Uint8Array,
  ): void {
    this.#answer(session, "patch", rid, () => {
      const version = this.patchReported(session.identity, readPatch(payload), readVersion(ifVersion));
      return { status: 204, body: emptyBody, version };
    });
  }

  // A request without an id, or without a subscription to responses, is carried out and not answered.
  #answer(
    session: Session,
    operation: TwinOperation,
    rid: string | undefined,
    run: () => { status: number; body: Uint8Array; version?: number },
  ): void {
    const respond = (status: number, body: Uint8Array, parameters = ""): void => {
      const topic = `$iothub/twin/res/${status}/?$rid=${rid}${parameters}`;
      if (rid !== undefined && session.sendTo("twinResponses", topic, body)) return;
      const reason = rid === undefined ? "it has no $rid" : "the device hasn't subscribed to the answer";
      const detail = `a twin request isn't answered: ${reason}`;
      this.#events.emit("warning", session.identity, { about: "twinRequest", detail });
    };
    const fault = this.#intercept(session, operation);
    if (fault === "silence") return;
    if (fault !== undefined) {
      const { status, retryAfterSeconds, detail = "A fault rule requires this answer." } = fault;
      this.#events.emit("twinRefused", session.identity, { status, detail });
      const retryAfter = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
      respond(status, jsonBytes(errorOfStatus(status, detail)), retryAfter);
      return;
    }
    try {
      const { status, body, version } = run();
      respond(status, body, version === undefined ? "" : `&$version=${version}`);
    } catch (error) {
      const refusal =
        error instanceof HubError ? error : new HubError("ServerError", "The twin operation failed.");
      this.#events.emit("twinRefused", session.identity, {
        status: refusal.statusCode,
        detail: refusal.message,
      });
      respond(refusal.statusCode, jsonBytes(refusal.toBody()));
    }
  }

  #now(): string {
    return isoTime(this.#clock.now());
  }
}

// The metadata of what a patch has written.
function withMetadata(applied: JsonObject, { metadata }: TwinProperties): JsonObject {
  const kept = Object.entries(metadata).filter(([key]) => key.startsWith("$") || Object.hasOwn(applied, key));
  return { ...applied, $metadata: Object.fromEntries(kept) };
}

function readPatch(payload: Uint8Array): unknown {
  try {
    return parseJson(payload);
  } catch {
    throw new HubError("IotHubFormatError", "The twin patch isn't valid JSON.");
  }
}

function readVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new HubError("ArgumentInvalid", `$version must be an integer, got '${text}'.`);
}
