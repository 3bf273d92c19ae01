import type { Clock } from "@isohub/core/internal";
import type { EventFeed } from "./event-feed.ts";
import { errorOfStatus, HubError } from "./hub-error.ts";
import { type Identity, identityKey } from "./identity.ts";
import { jsonBytes, parseJson } from "./json.ts";
import type { Session } from "./session.ts";
import type { Sessions } from "./sessions.ts";
import { Twin } from "./twin.ts";

/** What a device asks of its twin. */
export type TwinOperation = "get" | "patch";

/** An answer that is made to fail, or to never come. */
export type TwinFault = { readonly status: number; readonly retryAfterSeconds?: number } | "silence";

/** Asked before each twin request of a device. */
export type TwinInterceptor = (session: Session, operation: TwinOperation) => TwinFault | undefined;

const nothing = new Uint8Array();

/** The twins of all identities, and the requests devices make of them. */
export class Twins {
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #events: EventFeed;
  readonly #intercept: TwinInterceptor;
  readonly #twins = new Map<string, Twin>();

  constructor(clock: Clock, sessions: Sessions, events: EventFeed, intercept: TwinInterceptor) {
    this.#clock = clock;
    this.#sessions = sessions;
    this.#events = events;
    this.#intercept = intercept;
  }

  /** The twin of an identity that exists; made on first sight. */
  of(identity: Identity): Twin {
    const key = identityKey(identity);
    const twin = this.#twins.get(key) ?? new Twin(this.#clock);
    this.#twins.set(key, twin);
    return twin;
  }

  /** Takes over what another hub had stored; versions start over. */
  adopt(identity: Identity, other: Twin | undefined): void {
    if (other === undefined) return;
    const twin = new Twin(this.#clock);
    this.#twins.set(identityKey(identity), twin);
    twin.patchTags(other.tags);
    twin.patchDesired(other.desired.value);
    twin.patchReported(other.reported.value);
  }

  forget(identity: Identity): void {
    this.#twins.delete(identityKey(identity));
  }

  /** The service writes desired properties; the device hears of it if it is there to listen. @throws {HubError} ArgumentInvalid */
  patchDesired(identity: Identity, patch: unknown): void {
    const twin = this.of(identity);
    const applied = twin.patchDesired(patch);
    const { version } = twin.desired;
    this.#events.emit("twinDesired", identity, { version, patch: applied });
    this.#sessions
      .live(identityKey(identity))
      ?.sendTo("desired", `$iothub/twin/PATCH/properties/desired/?$version=${version}`, jsonBytes(applied));
  }

  /** A device reads its twin. */
  get(session: Session, rid: string | undefined): void {
    this.#answer(session, "get", rid, () => {
      this.#events.emit("twinRead", session.identity, {});
      return { status: 200, body: jsonBytes(this.of(session.identity).deviceView()) };
    });
  }

  /** A device reports properties. */
  report(
    session: Session,
    rid: string | undefined,
    ifVersion: string | undefined,
    payload: Uint8Array,
  ): void {
    this.#answer(session, "patch", rid, () => {
      const twin = this.of(session.identity);
      const patch = twin.patchReported(readPatch(payload), readVersion(ifVersion));
      const { version } = twin.reported;
      this.#events.emit("twinReported", session.identity, { version, patch });
      return { status: 204, body: nothing, version };
    });
  }

  // Without a request id, or without a subscription to answers, the request is done and nothing is said.
  #answer(
    session: Session,
    operation: TwinOperation,
    rid: string | undefined,
    run: () => { status: number; body: Uint8Array; version?: number },
  ): void {
    const respond = (status: number, body: Uint8Array, more = ""): void => {
      if (rid === undefined) return;
      session.sendTo("twinResponses", `$iothub/twin/res/${status}/?$rid=${rid}${more}`, body);
    };
    const fault = this.#intercept(session, operation);
    if (fault === "silence") return;
    if (fault !== undefined) {
      const { status, retryAfterSeconds } = fault;
      const detail = "This answer was asked for by a fault rule.";
      this.#events.emit("twinRefused", session.identity, { status, detail });
      const more = retryAfterSeconds === undefined ? "" : `&retry-after=${retryAfterSeconds}`;
      respond(status, jsonBytes(errorOfStatus(status, detail)), more);
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
}

function readPatch(payload: Uint8Array): unknown {
  try {
    return parseJson(payload);
  } catch {
    throw new HubError("IotHubFormatError", "The twin patch is not valid JSON.");
  }
}

function readVersion(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new HubError("ArgumentInvalid", `$version must be a whole number, got '${text}'.`);
}
