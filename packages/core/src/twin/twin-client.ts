import type { HubConnection } from "../connection/hub-connection.ts";
import type { Link } from "../connection/link.ts";
import { RequestLedger } from "../connection/request-ledger.ts";
import { asError, mustBe, ProtocolError, ServiceError } from "../errors.ts";
import {
  type InboundTopic,
  numberIn,
  type SubscriptionName,
  twinGetTopic,
  twinReportedTopic,
} from "../mqtt/topics.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { checkTimeout, type OperationOptions, withDeadline } from "../util/deadline.ts";
import { toJson } from "../util/json.ts";
import { fromUtf8 } from "../util/text.ts";
import { isJsonObject, type JsonObject } from "./twin-patch.ts";
import { initialTwinSync, syncTwin, type TwinSyncEvent } from "./twin-sync.ts";

/** The two sections of a twin as a device sees them, each with its `$version`. */
export interface TwinSections {
  desired: JsonObject;
  reported: JsonObject;
}

export interface TwinClientConfig {
  readonly clock: Clock;
  readonly operationTimeoutMs: number;
  /** Whether desired changes made while the device was away are made up for. */
  readonly ensureDesiredProperties: boolean;
  deliver(patch: JsonObject): void;
  report(error: Error): void;
}

/** An answer to a twin request. */
interface TwinAnswer {
  readonly topic: InboundTopic;
  readonly payload: Uint8Array;
}

/** What is asked of a twin. */
interface TwinRequest<T> {
  /** For messages. */
  readonly what: string;
  readonly topicFor: (requestId: string) => string;
  readonly read: (payload: Uint8Array) => T;
}

/** Twin requests and desired patches over a hub connection. */
export class TwinClient {
  readonly #connection: HubConnection;
  readonly #config: TwinClientConfig;
  readonly #ledger: RequestLedger<TwinAnswer>;
  #sync = initialTwinSync;
  #wantsPatches = false;
  #retry: Timer | undefined;

  constructor(connection: HubConnection, config: TwinClientConfig) {
    this.#connection = connection;
    this.#config = config;
    this.#ledger = new RequestLedger(config.clock);
  }

  /** Resolves when no request waits for its answer any more. */
  requestsAnswered(): Promise<void> {
    return this.#ledger.empty();
  }

  get(options: OperationOptions): Promise<TwinSections> {
    return this.#ask(getTwin, aSpace, options);
  }

  patchReported(patch: unknown, options: OperationOptions): Promise<void> {
    if (!isJsonObject(patch)) throw mustBe("The reported patch", patch, "an object");
    return this.#ask(patchReported, toJson("The reported patch", patch), options);
  }

  /** Somebody wants desired patches, or nobody does any more. */
  setInterest(wanted: boolean): void {
    this.#wantsPatches = wanted;
    if (!wanted) {
      this.#connection.unsubscribe("twinPatches");
      this.#step({ type: "disconnected" });
      return;
    }
    if (this.#config.ensureDesiredProperties) this.#connection.subscribe("twinResponses");
    this.#connection.subscribe("twinPatches");
    if (this.#connection.connected) this.onConnected();
  }

  onConnected(): void {
    if (!this.#wantsPatches || !this.#config.ensureDesiredProperties) return;
    // The twin is read once the hub sends patches: read earlier, it could miss one in between.
    this.#linked("Subscribing", {}, ["twinResponses", "twinPatches"], nothing).then(
      () => this.#wantsPatches && this.#connection.connected && this.#step({ type: "subscribed" }),
      // The connection is gone or the subscription refused: both are told elsewhere, and the next connection starts anew.
      nothing,
    );
  }

  onDisconnected(error: Error): void {
    this.#ledger.rejectAll(error);
    this.#step({ type: "disconnected" });
  }

  onResponse(topic: InboundTopic, payload: Uint8Array): void {
    this.#ledger.settle(topic.requestId, { topic, payload });
  }

  onPatch({ bag }: InboundTopic, payload: Uint8Array): void {
    let patch = readObject(payload, "a desired patch");
    let version = patch["$version"];
    if (typeof version !== "number") {
      version = numberIn(bag, "$version=");
      if (version !== undefined) patch = { ...patch, $version: version };
    }
    if (!this.#config.ensureDesiredProperties || typeof version !== "number") this.#config.deliver(patch);
    else this.#step({ type: "patch", patch: { version, patch } });
  }

  #step(event: TwinSyncEvent): void {
    const { state, patches, readInMs } = syncTwin(this.#sync, event);
    this.#sync = state;
    if (event.type === "disconnected") this.#retry?.cancel();
    for (const patch of patches) this.#config.deliver(patch);
    if (readInMs === 0) this.#read();
    else if (readInMs !== undefined)
      this.#retry = this.#config.clock.setTimer(() => this.#step({ type: "retry" }), readInMs, true);
  }

  #read(): void {
    this.get({}).then(
      ({ desired }) => this.#step({ type: "twin", desired }),
      (error: unknown) => {
        if (this.#sync.phase === "reading") this.#config.report(asError(error));
        this.#step({ type: "readFailed" });
      },
    );
  }

  #ask<T>(request: TwinRequest<T>, payload: string, options: OperationOptions): Promise<T> {
    const { operationTimeoutMs } = this.#config;
    const { signal, timeoutMs = operationTimeoutMs } = options;
    const link = signal ? undefined : this.#connection.readyLink("twinResponses");
    // The usual case, with one promise for all of it, and a timer that it shares.
    if (link !== undefined) return this.#send(link, request, payload, checkTimeout("timeoutMs", timeoutMs));
    return this.#linked(request.what, options, ["twinResponses"], (later, givenUp) =>
      this.#send(later, request, payload, Number.POSITIVE_INFINITY, givenUp),
    );
  }

  /** Does something once there is a connection with these subscriptions. */
  #linked<T>(
    what: string,
    options: OperationOptions,
    names: SubscriptionName[],
    run: (link: Link, givenUp: AbortSignal) => Promise<T> | T,
  ): Promise<T> {
    const { clock, operationTimeoutMs } = this.#config;
    return withDeadline(clock, what, options, operationTimeoutMs, async (givenUp) =>
      run(await this.#connection.link(what, givenUp, ...names), givenUp),
    );
  }

  #send<T>(
    link: Link,
    { what, topicFor, read }: TwinRequest<T>,
    payload: string,
    timeoutMs: number,
    givenUp?: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      // Given up while it waited: nothing must be asked of the hub any more.
      givenUp?.throwIfAborted();
      const id = this.#ledger.open({
        what,
        timeoutMs,
        resolve: (answer) => {
          if (Number(answer.topic.name) >= 300) throw refusal(what, answer);
          resolve(read(answer.payload));
        },
        reject,
      });
      givenUp?.addEventListener("abort", () => this.#ledger.forget(id));
      // QoS 0: the answer is the acknowledgement, and a request sent again after a drop would be answered to nobody.
      link.publish({ topic: topicFor(id), payload, qos: 0, dup: false, packetId: 0 });
    });
  }
}

const nothing = (): undefined => {};

/** What a GET has for a body. @source wire contract: the hub's own clients send one space, not nothing */
const aSpace = " ";

const getTwin: TwinRequest<TwinSections> = {
  what: "Reading the twin",
  topicFor: twinGetTopic,
  read: (payload) => {
    const { desired, reported } = readObject(payload, "the twin");
    if (isJsonObject(desired) && isJsonObject(reported)) return { desired, reported };
    throw new ProtocolError("protocol_error", "The hub sent a twin without desired and reported sections");
  },
};

const patchReported: TwinRequest<void> = {
  what: "Patching the reported properties",
  topicFor: twinReportedTopic,
  read: nothing,
};

function readObject(payload: Uint8Array, what: string): JsonObject {
  let cause: unknown;
  try {
    const value: unknown = JSON.parse(fromUtf8(payload));
    if (isJsonObject(value)) return value;
  } catch (error) {
    cause = error;
  }
  throw new ProtocolError("invalid_json", `The hub sent ${what} that is no JSON object`, { cause });
}

function refusal(what: string, { topic: { name, bag }, payload }: TwinAnswer): ServiceError {
  let body: JsonObject = {};
  try {
    body = readObject(payload, "");
  } catch {
    // An error without a body is still an error.
  }
  const { errorCode, trackingId, message } = body;
  const said = typeof message === "string" && message !== "" ? `: ${message}` : "";
  const retryAfter = numberIn(bag, "retry-after=");
  return new ServiceError(`${what} was answered with status ${name}${said}`, {
    statusCode: Number(name),
    retryAfterMs: retryAfter && retryAfter * 1000,
    errorCode: typeof errorCode === "number" ? errorCode : undefined,
    trackingId: typeof trackingId === "string" ? trackingId : undefined,
  });
}
