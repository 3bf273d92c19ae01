import type { HubConnection } from "../connection/hub-connection.ts";
import { RequestLedger } from "../connection/request-ledger.ts";
import { ArgumentError, asError, ProtocolError, ServiceError } from "../errors.ts";
import { type InboundTopic, twinGetTopic, twinReportedTopic } from "../mqtt/topics.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { type Operation, type OperationOptions, runOperation, withDeadline } from "../util/deadline.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { isJsonObject, type JsonObject } from "./twin-patch.ts";
import { initialTwinSync, syncTwin, type TwinSyncEvent, type TwinSyncState } from "./twin-sync.ts";

type TwinAnswer = Extract<InboundTopic, { kind: "twinResponse" }> & { readonly payload: Uint8Array };

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
}

/** Twin requests and desired patches over a hub connection. */
export class TwinClient {
  readonly #connection: HubConnection;
  readonly #config: TwinClientConfig;
  readonly #ledger = new RequestLedger<TwinAnswer>();
  readonly #deliver: (patch: JsonObject) => void;
  readonly #report: (error: Error) => void;
  #sync: TwinSyncState = initialTwinSync;
  #wantsPatches = false;
  #retry: Timer | undefined;

  constructor(
    connection: HubConnection,
    config: TwinClientConfig,
    deliver: (patch: JsonObject) => void,
    report: (error: Error) => void,
  ) {
    this.#connection = connection;
    this.#config = config;
    this.#deliver = deliver;
    this.#report = report;
  }

  /** Resolves when no request waits for its answer any more. */
  requestsAnswered(): Promise<void> {
    return this.#ledger.empty();
  }

  async get(options: OperationOptions): Promise<TwinSections> {
    return runOperation(
      this.#config.clock,
      "Reading the twin",
      options,
      this.#config.operationTimeoutMs,
      (operation) => this.#read(operation),
    );
  }

  async patchReported(patch: unknown, options: OperationOptions): Promise<void> {
    const payload = encodePatch(patch);
    const what = "Patching the reported properties";
    await runOperation(this.#config.clock, what, options, this.#config.operationTimeoutMs, (operation) =>
      this.#request(what, twinReportedTopic, payload, operation),
    );
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
    if (this.#connection.connected) this.#start();
  }

  onConnected(): void {
    if (this.#wantsPatches) this.#start();
  }

  onDisconnected(error: Error): void {
    this.#ledger.rejectAll(error);
    this.#step({ type: "disconnected" });
  }

  onResponse(topic: Extract<InboundTopic, { kind: "twinResponse" }>, payload: Uint8Array): void {
    this.#ledger.settle(topic.requestId, { ...topic, payload });
  }

  onPatch(versionInTopic: number | undefined, payload: Uint8Array): void {
    const patch = parseObject(payload, "a desired patch");
    const version = typeof patch["$version"] === "number" ? patch["$version"] : versionInTopic;
    if (!this.#config.ensureDesiredProperties || version === undefined) {
      this.#deliver(version === undefined ? patch : { ...patch, $version: version });
    } else this.#step({ type: "patch", patch: { version, patch } });
  }

  #start(): void {
    if (!this.#config.ensureDesiredProperties) return;
    // The twin is read once the hub sends patches: read earlier, it could miss one in between.
    const subscribed = withDeadline(
      this.#config.clock,
      "Subscribing to desired properties",
      {},
      this.#config.operationTimeoutMs,
      (signal) =>
        this.#connection.link("Subscribing to desired properties", signal, "twinResponses", "twinPatches"),
    );
    subscribed.then(
      () => this.#wantsPatches && this.#connection.connected && this.#step({ type: "subscribed" }),
      // The connection is gone or the subscription refused: both are told elsewhere, and the next connection starts anew.
      () => {},
    );
  }

  #step(event: TwinSyncEvent): void {
    const { state, effects } = syncTwin(this.#sync, event);
    this.#sync = state;
    if (event.type === "disconnected") this.#retry?.cancel();
    for (const effect of effects) {
      switch (effect.type) {
        case "deliver":
          this.#deliver(effect.patch);
          break;
        case "retryAfter":
          this.#retry = this.#config.clock.setTimer(() => this.#step({ type: "retry" }), effect.ms, true);
          break;
        case "read":
          this.get({}).then(
            (twin) => this.#step({ type: "twin", desired: twin.desired }),
            (error: unknown) => {
              if (this.#sync.phase === "reading") this.#report(asError(error));
              this.#step({ type: "readFailed" });
            },
          );
      }
    }
  }

  async #read(operation: Operation): Promise<TwinSections> {
    const answer = await this.#request("Reading the twin", twinGetTopic, aSpace, operation);
    const twin = parseObject(answer.payload, "the twin");
    const { desired, reported } = twin;
    if (!isJsonObject(desired) || !isJsonObject(reported)) {
      throw new ProtocolError(
        "protocol_error",
        "The hub sent a twin without its desired and reported sections",
      );
    }
    return { desired, reported };
  }

  async #request(
    what: string,
    topicFor: (requestId: string) => string,
    payload: Uint8Array,
    operation: Operation,
  ): Promise<TwinAnswer> {
    const link =
      this.#connection.readyLink("twinResponses") ??
      (await this.#connection.link(what, operation.signal, "twinResponses"));
    // Given up while it waited: nothing must be asked of the hub any more.
    operation.throwIfGivenUp();
    const { requestId, answer } = this.#ledger.open();
    operation.onGivenUp = () => this.#ledger.forget(requestId);
    // QoS 0: the answer is the acknowledgement, and a request sent again after a drop would be answered to nobody.
    link.publish({ topic: topicFor(requestId), payload, qos: 0, dup: false, packetId: 0 });
    const response = await answer;
    if (response.status >= 300) throw refusal(what, response);
    return response;
  }
}

/** What a GET has for a body. @source wire contract: the hub's own clients send one space, not nothing */
const aSpace = utf8(" ");

function encodePatch(patch: unknown): Uint8Array {
  if (!isJsonObject(patch)) {
    const is = patch === null ? "null" : Array.isArray(patch) ? "an array" : typeof patch;
    throw new ArgumentError("invalid_argument", `The reported properties are ${is}, they must be an object`);
  }
  try {
    return utf8(JSON.stringify(patch));
  } catch (cause) {
    throw new ArgumentError("invalid_argument", "The reported properties have no JSON form", { cause });
  }
}

function parseObject(payload: Uint8Array, what: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(fromUtf8(payload));
  } catch (cause) {
    throw new ProtocolError("invalid_json", `The hub sent ${what} that is not valid JSON`, { cause });
  }
  if (isJsonObject(value)) return value;
  throw new ProtocolError("invalid_json", `The hub sent ${what} that is not a JSON object`);
}

function refusal(what: string, { status, payload, retryAfterMs }: TwinAnswer): ServiceError {
  let body: JsonObject = {};
  try {
    body = parseObject(payload, "an error");
  } catch {
    // An error without a body is still an error.
  }
  const { errorCode, trackingId, message } = body;
  const said = typeof message === "string" && message !== "" ? `: ${message}` : "";
  return new ServiceError(`${what} was answered with status ${status}${said}`, {
    statusCode: status,
    retryAfterMs,
    errorCode: typeof errorCode === "number" ? errorCode : undefined,
    trackingId: typeof trackingId === "string" ? trackingId : undefined,
  });
}
