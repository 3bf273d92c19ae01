import type { SubscriptionName } from "../connection/dialect.ts";
import { mustBe } from "../errors.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import type { CreateReceivers, Receivers, ReceivingClient } from "../receiving/receivers.ts";
import type { ClientSetup } from "../setup/client-setup.ts";
import type { TwinClient } from "../twin/twin-client.ts";
import type { ReportedVersion, TwinSections } from "../twin/twin-dialect.ts";
import { backoffMs } from "../util/backoff.ts";
import { never, type Timer } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { deferred } from "../util/deferred.ts";
import { isJsonObject, toJson } from "../util/json.ts";
import type { SubscribedEventName } from "./client-events.ts";

/** The client of receivers that may have to be loaded. */
interface LoadingClient extends ReceivingClient {
  readonly setup: ClientSetup;
  withDeadline<R>(
    operation: string,
    options: OperationOptions,
    run: (signal: AbortSignal) => Promise<R>,
  ): Promise<R>;
}

/** An operation that waits for the code of receivers. */
interface WaitingOperation {
  readonly outcome: Promise<unknown>;
  start(twin: TwinClient): void;
  reject(error: Error): void;
}

const retries = { firstMs: 1000, longestMs: 60_000 };

/**
 * The receivers of a client, which are created when the client first receives something. Pages load their code then. Until
 * it is loaded, operations and messages wait here, and are passed on in order.
 */
export class ClientReceivers {
  readonly #client: LoadingClient;
  #receivers: Receivers | undefined;
  #loading: Promise<void> | undefined;
  // Arrays, because a set takes 150 bytes even when it is empty.
  #interests: readonly SubscribedEventName[] = [];
  #operations: readonly WaitingOperation[] = [];
  #messages: [message: InboundPublish, acknowledge: (() => void) | undefined][] = [];
  #failures = 0;
  #retry: Timer | undefined;

  constructor(client: LoadingClient) {
    this.#client = client;
  }

  /** Undefined until they are needed, and their code is loaded. */
  get current(): Receivers | undefined {
    return this.#receivers;
  }

  getTwin(options: OperationOptions): Promise<TwinSections> {
    return this.#run("Reading the twin", options, (twin, limits) => twin.get(limits));
  }

  patchReported(patch: unknown, options: OperationOptions): Promise<ReportedVersion> {
    if (!isJsonObject(patch)) throw mustBe("The reported patch", patch, "an object");
    const json = toJson("The reported patch", patch, false);
    return this.#run("Patching the reported properties", options, (twin, limits) =>
      twin.patchReported(json, limits),
    );
  }

  /** The application starts or stops listening to an event. */
  setInterest(name: SubscribedEventName, wanted: boolean): void {
    const { connection } = this.#client;
    const [subscription, ...more] = this.#subscriptionsOf(name);
    const others = this.#interests.filter((one) => one !== name);
    this.#interests = wanted ? [...others, name] : others;
    if (wanted) for (const each of [...more, subscription]) connection.subscribe(each);
    else connection.unsubscribe(subscription);
    if (this.#receivers !== undefined) this.#receivers.setInterest(name, wanted);
    else this.prepare();
  }

  #subscriptionsOf(name: SubscribedEventName): [SubscriptionName, ...SubscriptionName[]] {
    const { kind, options } = this.#client.setup;
    if (name === "message") return [kind === "device" ? "c2d" : "inputs"];
    if (name === "methodRequest") return ["methods"];
    return options.ensureDesiredProperties ? ["twinPatches", "twinResponses"] : ["twinPatches"];
  }

  /** Loads what a connection needs: without receivers, what the hub sends would be lost silently. */
  prepare(): Promise<void> | undefined {
    return this.#interests.length > 0 ? this.#load() : undefined;
  }

  onConnected(): void {
    if (this.#receivers !== undefined) this.#receivers.onConnected();
    else this.prepare();
  }

  onDisconnected(error: Error): void {
    this.#retry?.cancel();
    this.#messages = [];
    this.#receivers?.onDisconnected(error);
    if (this.#client.connection.state.status === "disconnected")
      for (const operation of this.#operations) operation.reject(error);
  }

  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void {
    if (this.#receivers === undefined) this.#load();
    if (this.#receivers !== undefined) this.#receivers.onPublish(message, acknowledge);
    // A copy: the payload is a view of a buffer that holds other packets, too.
    else this.#messages.push([{ ...message, payload: new Uint8Array(message.payload) }, acknowledge]);
  }

  /** Resolves once the twin's requests that were made before have settled, even those that wait for a connection. */
  async flush(): Promise<void> {
    await Promise.allSettled(this.#operations.map(({ outcome }) => outcome));
    await this.#receivers?.twin.flush();
  }

  #run<T>(
    operation: string,
    options: OperationOptions,
    run: (twin: TwinClient, options: OperationOptions) => Promise<T>,
  ): Promise<T> {
    if (this.#receivers === undefined) this.#load();
    if (this.#receivers !== undefined) return run(this.#receivers.twin, options);
    const client = this.#client;
    return client.withDeadline(operation, options, async (signal) => {
      const { promise, resolve, reject } = deferred<T>();
      // Rejects if there will be no connection. Without the code, a connection is of no use.
      const ready = client.connection.link(operation, signal).then(() => this.#load());
      const outcome = Promise.all([promise, ready]);
      const start = (twin: TwinClient): void =>
        void run(twin, { signal, timeoutMs: never }).then(resolve, reject);
      const waiting = { outcome, start, reject };
      this.#operations = [...this.#operations, waiting];
      try {
        return (await outcome)[0];
      } finally {
        this.#operations = this.#operations.filter((one) => one !== waiting);
      }
    });
  }

  /** Creates the receivers, at once unless their code has to be loaded. */
  #load(): Promise<void> | undefined {
    if (this.#receivers !== undefined || this.#loading !== undefined) return this.#loading;
    const create = this.#client.setup.platform.loadReceivers();
    if (create instanceof Promise) {
      this.#loading = create.then(
        (loaded) => this.#open(loaded),
        (error: unknown) => this.#onFailure(error),
      );
      // Those who wait for it are informed.
      this.#loading.catch(() => {});
    } else this.#open(create);
    return this.#loading;
  }

  #open(create: CreateReceivers): void {
    const receivers = create(this.#client);
    this.#receivers = receivers;
    for (const [message, acknowledge] of this.#messages) receivers.onPublish(message, acknowledge);
    this.#messages = [];
    for (const { start } of this.#operations) start(receivers.twin);
  }

  /** The next operation or connection tries again. */
  #onFailure(error: unknown): never {
    const { connection, clock } = this.#client;
    this.#loading = undefined;
    if (this.#interests.length > 0 && connection.connected) {
      this.#client.onBackgroundError(error);
      const ms = backoffMs(retries, ++this.#failures, Math.random);
      this.#retry = clock.setTimer(() => this.prepare(), ms, true);
    }
    throw error;
  }
}
