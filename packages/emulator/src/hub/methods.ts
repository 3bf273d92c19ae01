import type { Clock, Timer } from "@isohub/core/internal";
import { encodePercent } from "@isohub/core/internal";
import type { EventFeed } from "./events/event-feed.ts";
import { HubError } from "./hub-error.ts";
import type { Identity } from "./identities/identity.ts";
import { identityKey } from "./identities/identity.ts";
import { jsonBytes, parseJson } from "./json.ts";
import type { Throttles } from "./limits/throttles.ts";
import type { Session } from "./sessions/session.ts";
import type { Sessions } from "./sessions/sessions.ts";

/** A call of a direct method. */
export interface MethodCall {
  readonly methodName: string;
  /** Any JSON, `null` by default. */
  readonly payload?: unknown;
  /** The time that the device has to respond: 5 to 300 seconds, 30 by default. */
  readonly responseTimeoutInSeconds?: number;
  /** The time to wait for a device that is not connected: 0 to 300 seconds, 0 by default. */
  readonly connectTimeoutInSeconds?: number;
}

/** The response of the device. */
export interface MethodResult {
  readonly status: number;
  readonly payload: unknown;
}

interface PendingCall {
  readonly session: Session;
  readonly methodName: string;
  resolve(result: MethodResult): void;
  reject(error: HubError): void;
}

const maxMethodBytes = 128 * 1024;
const maxNameLength = 100;

/** Direct methods: calls to devices, and their responses. */
export class Methods {
  readonly #clock: Clock;
  readonly #sessions: Sessions;
  readonly #events: EventFeed;
  readonly #throttles: Throttles;
  readonly #pending = new Map<string, PendingCall>();
  readonly #waiting = new Map<string, Set<(session: Session | undefined) => void>>();
  #lastRequest = 0;

  constructor(clock: Clock, sessions: Sessions, events: EventFeed, throttles: Throttles) {
    this.#throttles = throttles;
    this.#clock = clock;
    this.#sessions = sessions;
    this.#events = events;
  }

  /**
   * Calls a method and resolves with the response.
   *
   * @throws {HubError} ArgumentInvalid, MessageTooLarge, DeviceNotOnline after the connect timeout,
   * DeviceConnectionClosedRemotely if the device disconnects before it responds, GatewayTimeout if it doesn't respond
   */
  async invoke(identity: Identity, call: MethodCall): Promise<MethodResult> {
    const responseSeconds = seconds("responseTimeoutInSeconds", call.responseTimeoutInSeconds ?? 30, 5);
    const connectSeconds = seconds("connectTimeoutInSeconds", call.connectTimeoutInSeconds ?? 0, 0);
    const { methodName } = call;
    if (typeof methodName !== "string" || methodName === "" || methodName.length > maxNameLength) {
      throw new HubError(
        "ArgumentInvalid",
        `methodName must be a string of 1 to ${maxNameLength} characters.`,
      );
    }
    const payload = jsonBytes(call.payload);
    if (payload.length > maxMethodBytes) throw tooLarge("request", payload.length);
    this.#throttles.countMethod(payload.length);
    const session = await this.#online(identity, connectSeconds);
    const requestId = (++this.#lastRequest).toString(16);
    const response = this.#awaitResponse(session, methodName, requestId, responseSeconds);
    this.#events.emit("methodInvoked", identity, { methodName, requestId });
    session.connection.send(`$iothub/methods/POST/${encodePercent(methodName)}/?$rid=${requestId}`, payload);
    return response;
  }

  /** Handles a response of a device. One that no call waits for is ignored. */
  respond(session: Session, requestId: string | undefined, status: number, body: Uint8Array): void {
    const call = requestId === undefined ? undefined : this.#pending.get(requestId);
    if (call === undefined || requestId === undefined || call.session.key !== session.key) {
      const detail = `the response to method request '${requestId ?? ""}' is ignored: no service waits for it`;
      this.#events.emit("warning", session.identity, { about: "methodResponse", detail });
      return;
    }
    const { methodName } = call;
    this.#events.emit("methodAnswered", session.identity, { methodName, requestId, status });
    if (body.length > maxMethodBytes) {
      call.reject(tooLarge("response", body.length));
      return;
    }
    try {
      call.resolve({ status, payload: body.length === 0 ? null : parseJson(body) });
    } catch {
      call.reject(new HubError("ArgumentInvalid", "The payload of the device's response is not valid JSON."));
    }
  }

  /** Resumes the calls that wait for a device, after it has connected or subscribed. */
  ready(session: Session): void {
    if (!session.live || !session.subscriptions.has("methods")) return;
    for (const resolve of [...(this.#waiting.get(session.key) ?? [])]) resolve(session);
  }

  /** Rejects the calls that a closed connection can no longer respond to. */
  disconnected(session: Session): void {
    for (const call of [...this.#pending.values()]) {
      if (call.session !== session) continue;
      call.reject(
        new HubError(
          "DeviceConnectionClosedRemotely",
          "The device closed its connection before it responded.",
        ),
      );
    }
  }

  close(): void {
    for (const waiting of [...this.#waiting.values()]) for (const resolve of [...waiting]) resolve(undefined);
    for (const call of [...this.#pending.values()]) {
      call.reject(new HubError("ServiceUnavailable", "The hub was closed."));
    }
  }

  async #online(identity: Identity, connectSeconds: number): Promise<Session> {
    const key = identityKey(identity);
    const live = this.#sessions.live(key);
    if (live?.subscriptions.has("methods")) return live;
    const session = connectSeconds === 0 ? undefined : await this.#awaitDevice(key, connectSeconds);
    if (session !== undefined) return session;
    const timeout = new Date(connectSeconds * 1000).toISOString().slice(11, 19);
    throw new HubError("DeviceNotOnline", "Timed out waiting for device to connect.", { timeout });
  }

  #awaitDevice(key: string, connectSeconds: number): Promise<Session | undefined> {
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(key) ?? new Set();
      this.#waiting.set(key, waiting);
      const settle = (session: Session | undefined): void => {
        timer.cancel();
        waiting.delete(settle);
        if (waiting.size === 0) this.#waiting.delete(key);
        resolve(session);
      };
      const timer = this.#clock.setTimer(() => settle(undefined), connectSeconds * 1000, false);
      waiting.add(settle);
    });
  }

  #awaitResponse(
    session: Session,
    methodName: string,
    requestId: string,
    responseSeconds: number,
  ): Promise<MethodResult> {
    return new Promise((resolve, reject) => {
      let timer: Timer | undefined;
      const settle = (): void => {
        timer?.cancel();
        this.#pending.delete(requestId);
      };
      const call: PendingCall = {
        session,
        methodName,
        resolve(result) {
          settle();
          resolve(result);
        },
        reject(error) {
          settle();
          reject(error);
        },
      };
      this.#pending.set(requestId, call);
      const timedOut = (): void =>
        call.reject(new HubError("GatewayTimeout", "Timed out waiting for the response from device."));
      timer = this.#clock.setTimer(timedOut, responseSeconds * 1000, false);
    });
  }
}

function seconds(name: string, value: number, minimum: number): number {
  if (Number.isInteger(value) && value >= minimum && value <= 300) return value;
  throw new HubError("ArgumentInvalid", `${name} must be an integer from ${minimum} to 300, got ${value}.`);
}

function tooLarge(part: "request" | "response", bytes: number): HubError {
  return new HubError(
    "MessageTooLarge",
    `The method ${part} must be up to ${maxMethodBytes} bytes, got ${bytes}.`,
  );
}
