import type { Inbound, SubscriptionName } from "../connection/dialect.ts";
import type { HubConnection } from "../connection/hub-connection.ts";
import type { Link } from "../connection/link.ts";
import { asError, mustBe } from "../errors.ts";
import { RequestLedger } from "../requests/request-ledger.ts";
import type { Clock, Timer } from "../util/clock.ts";
import { checkTimeout, type OperationOptions, withDeadline } from "../util/deadline.ts";
import { isJsonObject, type JsonObject, toJson } from "../util/json.ts";
import type { TwinDialect, TwinRequest, TwinResponse, TwinSections } from "./twin-dialect.ts";
import { initialTwinSync, syncTwin, type TwinSyncEvent } from "./twin-sync.ts";

/** What a twin client is created with. */
export interface TwinClientConfig {
  readonly dialect: TwinDialect;
  readonly clock: Clock;
  readonly operationTimeoutMs: number;
  /** Whether desired changes made while the device was away are made up for. */
  readonly ensureDesiredProperties: boolean;
  deliver(patch: JsonObject): void;
  report(error: Error): void;
}

/** Twin requests and desired patches over a hub connection. */
export class TwinClient {
  readonly #connection: HubConnection;
  readonly #config: TwinClientConfig;
  readonly #ledger: RequestLedger<TwinResponse>;
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
    return this.#ask(this.#config.dialect.getTwin, undefined, options);
  }

  patchReported(patch: unknown, options: OperationOptions): Promise<void> {
    if (!isJsonObject(patch)) throw mustBe("The reported patch", patch, "an object");
    const json = toJson("The reported patch", patch);
    return this.#ask(this.#config.dialect.patchReported, json, options);
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

  onResponse(inbound: Inbound, payload: Uint8Array): void {
    this.#ledger.settle(inbound.requestId, { inbound, payload });
  }

  onPatch(inbound: Inbound, payload: Uint8Array): void {
    const patch = this.#config.dialect.readPatch(inbound, payload);
    const version = patch["$version"];
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

  #ask<B, T>(request: TwinRequest<B, T>, body: B, options: OperationOptions): Promise<T> {
    const { operationTimeoutMs } = this.#config;
    const { signal, timeoutMs = operationTimeoutMs } = options;
    const link = signal ? undefined : this.#connection.readyLink("twinResponses");
    // The usual case, with one promise for all of it, and a timer that it shares.
    if (link !== undefined) return this.#send(link, request, body, checkTimeout("timeoutMs", timeoutMs));
    return this.#linked(request.what, options, ["twinResponses"], (later, givenUp) =>
      this.#send(later, request, body, Number.POSITIVE_INFINITY, givenUp),
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

  #send<B, T>(
    link: Link,
    request: TwinRequest<B, T>,
    body: B,
    timeoutMs: number,
    givenUp?: AbortSignal,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      // Given up while it waited: nothing must be asked of the hub any more.
      givenUp?.throwIfAborted();
      const id = this.#ledger.open({
        what: request.what,
        timeoutMs,
        resolve: (response) => resolve(request.read(response)),
        reject,
      });
      givenUp?.addEventListener("abort", () => this.#ledger.forget(id));
      link.publish(request.encode(id, body));
    });
  }
}

const nothing = (): undefined => {};
