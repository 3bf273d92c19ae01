import type { Inbound, SubscriptionName } from "../connection/dialect.ts";
import type { HubConnection } from "../connection/hub-connection.ts";
import type { Link } from "../connection/link/link.ts";
import { ServiceError } from "../errors.ts";
import { encodePublish } from "../mqtt/publish-packet.ts";
import { RequestLedger, unanswered } from "../requests/request-ledger.ts";
import { type Clock, never, type Timer } from "../util/clock.ts";
import { checkTimeout, type OperationOptions, withDeadline } from "../util/deadline.ts";
import type { JsonObject } from "../util/json.ts";
import type { ReportedVersion, TwinDialect, TwinResponse, TwinSections } from "./twin-dialect.ts";
import {
  initialTwinSyncState,
  reduceTwinSync,
  type TwinSyncEvent,
  type TwinSyncRules,
} from "./twin-sync-state.ts";

type Read<T> = (response: TwinResponse) => T;

const rules: TwinSyncRules = { random: Math.random };

/** The options of a twin client, and what it reports to. */
export interface TwinClientConfig {
  readonly dialect: TwinDialect;
  readonly clock: Clock;
  readonly operationTimeoutMs: number;
  /** Whether changes of desired properties made while the device was disconnected are delivered later. */
  readonly ensureDesiredProperties: boolean;
  deliver(patch: JsonObject): void;
  report(error: unknown): void;
}

/** Twin requests and patches of desired properties over a hub connection. */
export class TwinClient {
  readonly #connection: HubConnection;
  readonly #config: TwinClientConfig;
  readonly #ledger: RequestLedger<TwinResponse>;
  /** The requests that wait for a connection or a subscription. */
  readonly #linking = new Set<Promise<unknown>>();
  #sync = initialTwinSyncState;
  #wantsPatches = false;
  #retry: Timer | undefined;

  constructor(connection: HubConnection, config: TwinClientConfig) {
    this.#connection = connection;
    this.#config = config;
    this.#ledger = new RequestLedger(config.clock);
  }

  /** Resolves once no request waits for its response. */
  settled(): Promise<void> {
    return this.#ledger.empty();
  }

  /** Resolves once the requests that were made before have settled, even those that wait for a connection. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#linking);
    await this.settled();
  }

  get(options: OperationOptions): Promise<TwinSections> {
    return this.#ask("Reading the twin", undefined, this.#config.dialect.readTwin, options);
  }

  /** @param patch - JSON */
  patchReported(patch: string, options: OperationOptions): Promise<ReportedVersion> {
    return this.#ask("Patching the reported properties", patch, this.#config.dialect.readReported, options);
  }

  /** The application starts or stops listening to desired properties. */
  setInterest(wanted: boolean): void {
    this.#wantsPatches = wanted;
    if (!wanted) this.#handle({ type: "disconnected" });
    else if (this.#connection.connected) this.onConnected();
  }

  onConnected(): void {
    if (!this.#wantsPatches || !this.#config.ensureDesiredProperties) return;
    // The hub must send patches before the twin is read. Otherwise one could get lost in between.
    this.#linked("Subscribing", {}, ["twinResponses", "twinPatches"], nothing).then(
      () => this.#wantsPatches && this.#connection.connected && this.#handle({ type: "subscribed" }),
      // A lost connection and a refused subscription are reported elsewhere, and the next connection starts anew.
      nothing,
    );
  }

  onDisconnected(error: Error): void {
    this.#ledger.rejectAll(error);
    this.#handle({ type: "disconnected" });
  }

  onResponse(inbound: Inbound, payload: Uint8Array): void {
    this.#ledger.settle(inbound.requestId, { inbound, payload });
  }

  onPatch(inbound: Inbound, payload: Uint8Array): void {
    const patch = this.#config.dialect.readPatch(inbound, payload);
    const version = patch["$version"];
    if (!this.#config.ensureDesiredProperties || typeof version !== "number") this.#config.deliver(patch);
    else this.#handle({ type: "patch", patch: { version, patch } });
  }

  #handle(event: TwinSyncEvent): void {
    const { clock } = this.#config;
    const { state, effects } = reduceTwinSync(this.#sync, event, clock.now(), rules);
    this.#sync = state;
    if (event.type === "disconnected") this.#retry?.cancel();
    for (const effect of effects) {
      if (effect.type === "deliver") this.#config.deliver(effect.patch);
      else if (effect.type === "read") this.#read();
      else this.#retry = clock.setTimer(() => this.#handle({ type: "retry" }), effect.ms, true);
    }
  }

  #read(): void {
    this.get({}).then(
      ({ desired }) => this.#handle({ type: "twin", desired }),
      (error: unknown) => {
        if (this.#sync.phase === "reading") this.#config.report(error);
        const retryAfterMs = error instanceof ServiceError ? error.retryAfterMs : undefined;
        this.#handle({ type: "readFailed", retryAfterMs });
      },
    );
  }

  #ask<T>(
    operation: string,
    patch: string | undefined,
    read: Read<T>,
    options: OperationOptions,
  ): Promise<T> {
    const { operationTimeoutMs } = this.#config;
    const { signal, timeoutMs = operationTimeoutMs } = options;
    const link = signal ? undefined : this.#connection.readyLink("twinResponses");
    // The usual case takes a single promise, and shares a timer.
    if (link !== undefined)
      return this.#send(link, operation, patch, read, checkTimeout("timeoutMs", timeoutMs));
    const response = this.#linked(operation, options, ["twinResponses"], (later, inner) =>
      this.#send(later, operation, patch, read, never, inner),
    );
    const forget = (): void => void this.#linking.delete(response);
    this.#linking.add(response);
    response.then(forget, forget);
    return response;
  }

  /** Runs a function once there is a connection with these subscriptions. */
  #linked<T>(
    operation: string,
    options: OperationOptions,
    names: SubscriptionName[],
    run: (link: Link, signal: AbortSignal) => Promise<T> | T,
  ): Promise<T> {
    const { clock, operationTimeoutMs } = this.#config;
    let progress = ": the request was not sent";
    return withDeadline(
      clock,
      operation,
      options,
      operationTimeoutMs,
      async (inner) => {
        const link = await this.#connection.link(operation, inner, ...names);
        progress = unanswered;
        return run(link, inner);
      },
      () => this.#connection.state.reason,
      () => progress,
    );
  }

  #send<T>(
    link: Link,
    operation: string,
    patch: string | undefined,
    read: Read<T>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<T> {
    const { dialect } = this.#config;
    return new Promise((resolve, reject) => {
      // Aborted while it waited for the connection.
      signal?.throwIfAborted();
      const id = this.#ledger.open({
        operation,
        timeoutMs,
        resolve: (response) => {
          dialect.checkTwinResponse(operation, response);
          resolve(read(response));
        },
        reject,
      });
      signal?.addEventListener("abort", () => this.#ledger.forget(id));
      link.publish(encodePublish(dialect.encodeTwinRequest(id, patch)));
    });
  }
}

const nothing = (): undefined => {};
