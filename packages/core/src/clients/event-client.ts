import type { ClientState } from "../connection/client-state.ts";
import { ArgumentError } from "../errors.ts";
import type { Listener } from "../events/channel.ts";
import type { ReceiveOptions, ReceiveQueue } from "../events/receive-queue.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { MethodHandler } from "../methods/method-receiver.ts";
import type { SubscriptionName } from "../mqtt/topics.ts";
import { withDeadline } from "../util/deadline.ts";
import type { ClientCore } from "./client-core.ts";
import type { ClientEventName, ClientEvents, TwinPatch } from "./client-events.ts";
import type { DesiredPatchOf, TwinShape, UntypedTwin } from "./twin-types.ts";

/** What of a client tells and is told of: its state, its events, and the three ways to receive them. */
export abstract class EventClient<T extends TwinShape = UntypedTwin> {
  protected readonly core: ClientCore;

  protected constructor(core: ClientCore) {
    this.core = core;
    // Behind it stand credentials, a private key among them: enumerable, it would end up in logs.
    Object.defineProperty(this, "core", { enumerable: false });
  }

  /** Whether the client is connected now. @source Python `connected` */
  get connected(): boolean {
    return this.core.connection.connected;
  }

  /** Where the client stands with its hub, since when and why. */
  get state(): ClientState {
    return this.core.connection.state;
  }

  /**
   * Listens to an event. Listening to messages, method calls or desired patches subscribes to them, and connects for it
   * unless `autoConnect` is off.
   *
   * @returns stops listening; so does `signal`
   * @throws {ArgumentError} `invalid_argument` for an event that does not exist
   * @throws {ClientError} `shut_down`; `mode_conflict` after a `receive…` call
   */
  on<K extends ClientEventName>(
    name: K,
    listener: Listener<ClientEvents<DesiredPatchOf<T>>[K]>,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    const { channels } = this.core;
    if (!Object.hasOwn(channels, name)) {
      throw new ArgumentError(
        "invalid_argument",
        `There is no event '${String(name)}'; the events are ${Object.keys(channels).join(", ")}`,
      );
    }
    if (typeof listener !== "function") {
      throw new ArgumentError(
        "invalid_argument",
        `The listener is ${typeof listener}, it must be a function`,
      );
    }
    this.#useHandlersFor(name);
    return channels.of(name).listen(listener as Listener<ClientEvents[K]>, options.signal);
  }

  /**
   * Answers the calls of one method with what `handler` returns. A handler that throws is answered with status 500; a
   * method that nobody handles, with 404.
   *
   * @returns takes the handler away again
   * @throws {ClientError} `handler_conflict` when the method has a handler
   */
  handleMethod(name: string, handler: MethodHandler): () => void {
    this.core.useMode("handlers");
    this.core.methods.handle(name, handler);
    this.core.connection.subscribe("methods");
    return () => {
      this.core.methods.remove(name, handler);
      this.core.dropMethodsIfUnwanted();
    };
  }

  /** Method calls as they come, to be answered with `sendMethodResponse`. Ends with `signal` and at shutdown. */
  methodRequests(options: { signal?: AbortSignal } = {}): AsyncGenerator<MethodRequest, void, undefined> {
    this.core.useMode("handlers");
    return this.core.channels.methodRequest.iterate(options.signal);
  }

  /** Desired patches as they come. Ends with `signal` and at shutdown. */
  twinDesiredPropertiesPatches(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<DesiredPatchOf<T>, void, undefined> {
    this.core.useMode("handlers");
    const patches: AsyncGenerator<unknown> = this.core.channels.twinDesiredPropertiesPatch.iterate(
      options.signal,
    );
    return patches as AsyncGenerator<DesiredPatchOf<T>, void, undefined>;
  }

  /** States as they change. Ends with `signal` and at shutdown. */
  connectionStates(options: { signal?: AbortSignal } = {}): AsyncGenerator<ClientState, void, undefined> {
    return this.core.channels.connectionStateChange.iterate(options.signal);
  }

  /**
   * Fetches the next method call; with a name, the next call of that method. Calls that nobody has fetched are forgotten
   * when the connection is lost: the hub does not wait for them.
   *
   * @returns `undefined` when none came in the time given
   * @source Python `receive_method_request`
   */
  async receiveMethodRequest(
    methodName?: string,
    options: ReceiveOptions = {},
  ): Promise<MethodRequest | undefined> {
    this.core.useMode("receive");
    return this.receiveFrom(this.core.methodQueue, methodName, ["methods"], options);
  }

  /**
   * Fetches the next desired patch.
   *
   * @returns `undefined` when none came in the time given
   * @source Python `receive_twin_desired_properties_patch`
   */
  async receiveTwinDesiredPropertiesPatch(
    options: ReceiveOptions = {},
  ): Promise<DesiredPatchOf<T> | undefined> {
    this.core.useMode("receive");
    const patch = await this.receiveFrom(this.core.patchQueue, undefined, ["twinPatches"], options);
    return patch as DesiredPatchOf<T> | undefined;
  }

  /** Called when `state` has changed. @source Python `on_connection_state_change` */
  get onConnectionStateChange(): Listener<ClientState> | undefined {
    return this.core.channels.connectionStateChange.handler;
  }
  set onConnectionStateChange(handler: Listener<ClientState> | null | undefined) {
    this.setHandler("connectionStateChange", handler);
  }

  /** Called with each direct method that has no handler of its own. @source Python `on_method_request_received` */
  get onMethodRequestReceived(): Listener<MethodRequest> | undefined {
    return this.core.channels.methodRequest.handler;
  }
  set onMethodRequestReceived(handler: Listener<MethodRequest> | null | undefined) {
    this.setHandler("methodRequest", handler);
  }

  /** Called with each change of the desired properties. @source Python `on_twin_desired_properties_patch_received` */
  get onTwinDesiredPropertiesPatchReceived(): Listener<DesiredPatchOf<T>> | undefined {
    return this.core.channels.twinDesiredPropertiesPatch.handler as Listener<DesiredPatchOf<T>> | undefined;
  }
  set onTwinDesiredPropertiesPatchReceived(handler: Listener<DesiredPatchOf<T>> | null | undefined) {
    this.setHandler("twinDesiredPropertiesPatch", handler as Listener<TwinPatch> | null | undefined);
  }

  /**
   * Called 120 s before a token that the application brought ends; answer with `updateSastoken`.
   *
   * @source Python `on_new_sastoken_required`
   */
  get onNewSastokenRequired(): (() => unknown) | undefined {
    return this.core.channels.newSastokenRequired.handler as (() => unknown) | undefined;
  }
  set onNewSastokenRequired(handler: (() => unknown) | null | undefined) {
    this.setHandler("newSastokenRequired", handler);
  }

  /** Called with whatever goes wrong outside of a call. @source Python `on_background_exception` */
  get onBackgroundException(): Listener<Error> | undefined {
    return this.core.channels.backgroundException.handler;
  }
  set onBackgroundException(handler: Listener<Error> | null | undefined) {
    this.setHandler("backgroundException", handler);
  }

  protected setHandler<K extends ClientEventName>(
    name: K,
    handler: Listener<ClientEvents[K]> | null | undefined,
  ): void {
    this.#useHandlersFor(name);
    if (handler !== undefined && handler !== null && typeof handler !== "function") {
      throw new ArgumentError(
        "invalid_argument",
        `The handler is ${typeof handler}, it must be a function or null`,
      );
    }
    this.core.channels.of(name).handler = handler ?? undefined;
  }

  /** Fetches from a queue, with the subscription for it confirmed first. */
  protected async receiveFrom<V>(
    queue: ReceiveQueue<V>,
    key: string | undefined,
    subscriptions: SubscriptionName[],
    options: ReceiveOptions,
  ): Promise<V | undefined> {
    const { timeout, signal } = options;
    if (timeout !== undefined && !(typeof timeout === "number" && timeout >= 0)) {
      throw new ArgumentError(
        "invalid_argument",
        `timeout is ${String(timeout)}, it must be a number of seconds, 0 or more`,
      );
    }
    queue.reserve(key);
    const { clock, connection, setup } = this.core;
    const what = "Subscribing";
    await withDeadline(clock, what, { signal }, setup.options.operationTimeoutMs, (inner) =>
      connection.link(what, inner, ...subscriptions),
    );
    return queue.receive(key, options);
  }

  /** Events of the client itself have nothing to do with how messages are received. */
  #useHandlersFor(name: ClientEventName): void {
    if (name === "message" || name === "methodRequest" || name === "twinDesiredPropertiesPatch") {
      this.core.useMode("handlers");
    } else this.core.ensureOpen();
  }
}
