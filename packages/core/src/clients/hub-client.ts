import type { ClientCertificate } from "../auth/x509.ts";
import type { ClientState } from "../connection/client-state.ts";
import type { Credential } from "../connection/credential.ts";
import { HubConnection } from "../connection/hub-connection.ts";
import type { Link } from "../connection/link.ts";
import { userNameOf } from "../connection/user-name.ts";
import { ArgumentError, asError, ClientError, OperationCancelledError } from "../errors.ts";
import type { Listener } from "../events/channel.ts";
import { type Message, type MessageData, type ReceivedMessage, toMessage } from "../messages/message.ts";
import { MessageReceiver } from "../messages/message-receiver.ts";
import { decodeMessage } from "../messages/received-message.ts";
import { encodeTelemetry } from "../messages/telemetry-packet.ts";
import { type MethodRequest, MethodResponse } from "../methods/method.ts";
import { encodeMethodPayload, type MethodHandler, MethodReceiver } from "../methods/method-receiver.ts";
import type { InboundPublish } from "../mqtt/engine.ts";
import { clientIdOf, type Identity, methodResponseTopic, readTopic, telemetryTopic } from "../mqtt/topics.ts";
import { TwinClient } from "../twin/twin-client.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import { ClientChannels, type ClientEventName, type ClientEvents, type TwinPatch } from "./client-events.ts";
import type { ResolvedOptions } from "./client-options.ts";
import { endpointOf } from "./endpoint.ts";
import type { Platform } from "./platform.ts";

/** Everything a client is made of, checked. */
export interface ClientSetup {
  readonly platform: Platform;
  readonly identity: Identity;
  /** The host of the connection string or factory, with its port if it has one. */
  readonly host: string;
  readonly credential: Credential;
  readonly certificate?: ClientCertificate | undefined;
  readonly options: ResolvedOptions;
}

/** The shape of a twin: override it to have your properties typed. */
export interface TwinShape {
  desired: object;
  reported: object;
}

/** The two sections of a twin as a device sees them; each has the hub's `$version` beside its properties. */
export interface Twin<T extends TwinShape = { desired: TwinPatch; reported: TwinPatch }> {
  desired: T["desired"] & { $version: number };
  reported: T["reported"] & { $version: number };
}

/** So many messages are with the hub at once, unacknowledged; more would not be faster. */
const maxInFlight = 1000;

/** What device and module clients have in common. Made by the factories of those, not by itself. */
export abstract class HubClient<T extends TwinShape = { desired: TwinPatch; reported: TwinPatch }> {
  protected readonly connection: HubConnection;
  protected readonly channels: ClientChannels;
  readonly #receiver: MessageReceiver;
  readonly #methods: MethodReceiver;
  readonly #twin: TwinClient;
  readonly #setup: ClientSetup;
  readonly #telemetryTopic: string;
  #shutDown = false;

  protected constructor(setup: ClientSetup) {
    const { platform, identity, credential, options } = setup;
    this.#setup = setup;
    this.#telemetryTopic = telemetryTopic(identity);
    const engine = options.engine ?? platform.engine;
    const { runtime } = platform;
    const userAgent = `isohub-${runtime.name}/${runtime.version}${options.productInfo}`;
    this.channels = new ClientChannels((name, wanted) => this.#onInterest(name, wanted));
    const report = (error: Error): void => this.channels.report(error);
    this.connection = new HubConnection(
      {
        runtime,
        engine,
        endpoint: endpointOf(setup.host, options, setup.certificate),
        credential,
        identity,
        clientId: clientIdOf(identity),
        username: userNameOf(identity, userAgent, options.modelId),
        keepAliveSeconds: options.keepAlive,
        pingTimeoutMs: options.pingTimeoutMs,
        connectTimeoutMs: options.connectTimeoutMs,
        autoConnect: options.autoConnect,
        connectionRetry: options.connectionRetry,
        retryPolicy: options.retryPolicy,
        ownRetryPolicy: options.ownRetryPolicy,
        operationTimeoutMs: options.operationTimeoutMs,
        maxInFlight,
        random: Math.random,
      },
      {
        onPublish: (message, link) => this.#receive(message, link),
        onStateChange: (state) => this.channels.notify("connectionStateChange", state),
        onConnected: () => this.#twin.onConnected(),
        onDisconnected: (error) => {
          this.#twin.onDisconnected(error);
          this.#receiver.onDisconnected();
        },
        onBackgroundError: report,
        onTokenNeeded: () => this.channels.notify("newSastokenRequired", undefined),
        requestsAnswered: () => this.#twin.requestsAnswered(),
      },
    );
    this.#receiver = new MessageReceiver(this.channels.message, options.receiveQueueLimit, report);
    this.#methods = new MethodReceiver(
      this.channels.methodRequest,
      (response) => this.#respond(response, {}),
      report,
    );
    this.#twin = new TwinClient(
      this.connection,
      {
        clock: runtime.clock,
        operationTimeoutMs: options.operationTimeoutMs,
        ensureDesiredProperties: options.ensureDesiredProperties,
      },
      (patch) => this.channels.notify("twinDesiredPropertiesPatch", patch),
      report,
    );
  }

  /** Whether the client is connected now. @source Python `connected` */
  get connected(): boolean {
    return this.connection.connected;
  }

  /** Where the client stands with its hub, since when and why. */
  get state(): ClientState {
    return this.connection.state;
  }

  /**
   * Connects to the hub; does nothing when connected. Resolves once the hub has accepted the device and confirmed the
   * subscriptions of the handlers that are set.
   *
   * Operations connect by themselves unless `autoConnect` is off; calling this first tells early what is wrong. It
   * makes one try. Once a connection has been made, the client keeps it up by itself.
   *
   * @throws {ConnectionFailedError} the hub could not be reached or secured; `code` says which step failed
   * @throws {CredentialError} `not_authorized` — unknown or disabled device, wrong key, expired token
   * @throws {OperationTimeoutError} `operation_timeout` — no answer within `connectTimeoutMs`
   * @source Python `connect`
   */
  async connect(options: OperationOptions = {}): Promise<void> {
    this.ensureOpen();
    await this.#withDeadline("Connecting", { timeoutMs: Number.POSITIVE_INFINITY, ...options }, () =>
      this.connection.connect(),
    );
  }

  /**
   * Disconnects in order and stays disconnected until an operation or {@link connect} needs the hub again. Messages
   * that are not acknowledged yet reject with `OperationCancelledError`.
   *
   * @source Python `disconnect`
   */
  async disconnect(options: OperationOptions = {}): Promise<void> {
    this.ensureOpen();
    await this.#withDeadline("Disconnecting", options, () =>
      this.connection.disconnect(
        new OperationCancelledError("The client was disconnected before the operation had finished"),
      ),
    );
  }

  /**
   * Ends the client for good: disconnects, rejects what is pending, ends iterations and leaves no timer, socket or
   * listener behind. May be called again. `await using` does it at the end of a block.
   *
   * @source Python `shutdown`
   */
  async shutdown(): Promise<void> {
    this.#shutDown = true;
    await this.connection.shutdown(
      new OperationCancelledError("The client was shut down before the operation had finished"),
    );
    this.channels.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /**
   * Sends telemetry; resolves when the hub has acknowledged it. While there is no connection the message waits, and one
   * that was on its way when the connection was lost is sent again with DUP, up to the operation's time-out.
   *
   * @param message - a {@link Message}, or its body: bytes, a text, or anything with a JSON form
   * @throws {ArgumentError} `message_too_large` above 256 KB with all properties; `invalid_argument`
   * @throws {OperationTimeoutError} not acknowledged in time; the hub may have it all the same
   * @throws {NoConnectionError} not connected, and `autoConnect` is off
   * @source Python `send_message`
   */
  async sendMessage(message: Message<unknown> | MessageData, options: OperationOptions = {}): Promise<void> {
    this.ensureOpen();
    const { bag, payload } = encodeTelemetry(toMessage(message));
    return this.connection.publish("Sending a message", this.#telemetryTopic + bag, payload, options);
  }

  /**
   * Reads the twin from the hub. While there is no connection this waits for one; a connection lost meanwhile rejects
   * it, and it can be called again.
   *
   * @throws {ServiceError} the hub answered with an error status
   * @throws {ConnectionDroppedError | OperationTimeoutError | NoConnectionError}
   * @source Python `get_twin`
   */
  async getTwin(options: OperationOptions = {}): Promise<Twin<T>> {
    this.ensureOpen();
    return (await this.#twin.get(options)) as unknown as Twin<T>;
  }

  /**
   * Patches the reported properties: objects merge, `null` deletes, arrays are replaced. Resolves when the hub has
   * accepted it.
   *
   * @throws {ServiceError} the hub refused it: 400 for what a twin may not hold, 429 with `retryAfterMs`
   * @throws {ConnectionDroppedError} the connection was lost before the answer; whether it was applied is not known
   * @source Python `patch_twin_reported_properties`
   */
  async patchTwinReportedProperties(
    patch: PatchOf<T["reported"]>,
    options: OperationOptions = {},
  ): Promise<void> {
    this.ensureOpen();
    await this.#twin.patchReported(patch, options);
  }

  /**
   * Answers a direct method call taken from `onMethodRequestReceived`, `on("methodRequest")` or {@link methodRequests}.
   *
   * @source Python `send_method_response`
   */
  async sendMethodResponse(response: MethodResponse, options: OperationOptions = {}): Promise<void> {
    this.ensureOpen();
    if (!(response instanceof MethodResponse)) {
      throw new ArgumentError("invalid_argument", "The response must be a MethodResponse");
    }
    return this.#respond(response, options);
  }

  /**
   * Answers the calls of one method with what `handler` returns. A handler that throws is answered with status 500; a
   * method that nobody handles, with 404.
   *
   * @returns takes the handler away again
   * @throws {ClientError} `handler_conflict` when the method has a handler
   */
  handleMethod(name: string, handler: MethodHandler): () => void {
    this.ensureOpen();
    this.#methods.handle(name, handler);
    this.connection.subscribe("methods");
    return () => {
      this.#methods.remove(name, handler);
      this.#dropMethodsIfUnwanted();
    };
  }

  /**
   * Listens to an event. Listening to messages, method calls or desired patches subscribes to them, and connects for it
   * unless `autoConnect` is off.
   *
   * @returns stops listening; so does `signal`
   */
  on<K extends ClientEventName>(
    name: K,
    listener: Listener<ClientEvents<PatchOf<T["desired"]>>[K]>,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    this.ensureOpen();
    if (!Object.hasOwn(this.channels, name)) {
      throw new ArgumentError(
        "invalid_argument",
        `There is no event '${String(name)}'; the events are ${Object.keys(this.channels).join(", ")}`,
      );
    }
    if (typeof listener !== "function") {
      throw new ArgumentError(
        "invalid_argument",
        `The listener is ${typeof listener}, it must be a function`,
      );
    }
    return this.channels.of(name).listen(listener as Listener<ClientEvents[K]>, options.signal);
  }

  /** Method calls as they come, to be answered with {@link sendMethodResponse}. Ends with `signal` and at shutdown. */
  methodRequests(options: { signal?: AbortSignal } = {}): AsyncGenerator<MethodRequest, void, undefined> {
    return this.channels.methodRequest.iterate(options.signal);
  }

  /** Desired patches as they come. Ends with `signal` and at shutdown. */
  twinDesiredPropertiesPatches(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<PatchOf<T["desired"]> & { $version: number }, void, undefined> {
    return this.channels.twinDesiredPropertiesPatch.iterate(options.signal) as AsyncGenerator<
      PatchOf<T["desired"]> & { $version: number },
      void,
      undefined
    >;
  }

  /** States as they change. Ends with `signal` and at shutdown. */
  connectionStates(options: { signal?: AbortSignal } = {}): AsyncGenerator<ClientState, void, undefined> {
    return this.channels.connectionStateChange.iterate(options.signal);
  }

  /** Called when {@link state} has changed. @source Python `on_connection_state_change` */
  get onConnectionStateChange(): Listener<ClientState> | undefined {
    return this.channels.connectionStateChange.handler;
  }
  set onConnectionStateChange(handler: Listener<ClientState> | null | undefined) {
    this.setHandler("connectionStateChange", handler);
  }

  /** Called with each direct method that has no handler of its own. @source Python `on_method_request_received` */
  get onMethodRequestReceived(): Listener<MethodRequest> | undefined {
    return this.channels.methodRequest.handler;
  }
  set onMethodRequestReceived(handler: Listener<MethodRequest> | null | undefined) {
    this.setHandler("methodRequest", handler);
  }

  /** Called with each change of the desired properties. @source Python `on_twin_desired_properties_patch_received` */
  get onTwinDesiredPropertiesPatchReceived():
    | Listener<PatchOf<T["desired"]> & { $version: number }>
    | undefined {
    return this.channels.twinDesiredPropertiesPatch.handler as Listener<unknown> | undefined;
  }
  set onTwinDesiredPropertiesPatchReceived(handler:
    | Listener<PatchOf<T["desired"]> & { $version: number }>
    | null
    | undefined,) {
    this.setHandler("twinDesiredPropertiesPatch", handler as Listener<TwinPatch> | null | undefined);
  }

  /** Called with whatever goes wrong outside of a call. @source Python `on_background_exception` */
  get onBackgroundException(): Listener<Error> | undefined {
    return this.channels.backgroundException.handler;
  }
  set onBackgroundException(handler: Listener<Error> | null | undefined) {
    this.setHandler("backgroundException", handler);
  }

  /** @throws {ClientError} `shut_down` */
  protected ensureOpen(): void {
    if (this.#shutDown) throw new ClientError("shut_down", "The client has already been shut down");
  }

  protected setHandler<K extends ClientEventName>(
    name: K,
    handler: Listener<ClientEvents[K]> | null | undefined,
  ): void {
    this.ensureOpen();
    if (handler !== undefined && handler !== null && typeof handler !== "function") {
      throw new ArgumentError(
        "invalid_argument",
        `The handler is ${typeof handler}, it must be a function or null`,
      );
    }
    this.channels.of(name).handler = handler ?? undefined;
  }

  /** What came in, decoded; a message for a client of another kind is dropped. */
  protected acceptMessage(message: ReceivedMessage, link: Link, packetId: number | undefined): void {
    this.#receiver.receive(message, link, packetId);
  }

  #withDeadline<R>(what: string, options: OperationOptions, run: () => Promise<R>): Promise<R> {
    const { platform, options: resolved } = this.#setup;
    return withDeadline(platform.runtime.clock, what, options, resolved.operationTimeoutMs, run);
  }

  async #respond({ requestId, status, payload }: MethodResponse, options: OperationOptions): Promise<void> {
    const topic = methodResponseTopic(requestId, status);
    return this.connection.publish("Answering a method call", topic, encodeMethodPayload(payload), options);
  }

  #receive({ topic, payload, packetId }: InboundPublish, link: Link): void {
    const read = readTopic(topic, this.#setup.identity);
    try {
      switch (read?.kind) {
        case "c2d":
          this.acceptMessage(decodeMessage(read.bag, payload), link, packetId);
          return;
        case "input":
          this.acceptMessage(decodeMessage(read.bag, payload, read.input), link, packetId);
          return;
        case "method":
          this.#methods.receive(read.name, read.requestId, payload);
          break;
        case "twinResponse":
          this.#twin.onResponse(read, payload);
          break;
        case "twinPatch":
          this.#twin.onPatch(read.version, payload);
          break;
        case undefined:
      }
    } catch (error) {
      this.channels.report(asError(error));
    }
    // Twins and methods may come at QoS 1 as well; there is nothing further to wait for.
    if (packetId !== undefined) link.acknowledge(packetId);
  }

  #onInterest(name: "message" | "methodRequest" | "twinDesiredPropertiesPatch", wanted: boolean): void {
    switch (name) {
      case "message":
        this.onMessageInterest(wanted);
        if (wanted) this.#receiver.flush();
        return;
      case "methodRequest":
        if (wanted) this.connection.subscribe("methods");
        else this.#dropMethodsIfUnwanted();
        return;
      case "twinDesiredPropertiesPatch":
        this.#twin.setInterest(wanted);
    }
  }

  /** Somebody wants messages, or nobody does any more. */
  protected abstract onMessageInterest(wanted: boolean): void;

  #dropMethodsIfUnwanted(): void {
    if (!this.#methods.hasHandlers && !this.channels.methodRequest.hasConsumers)
      this.connection.unsubscribe("methods");
  }
}

/** A patch of a document: any part of it, `null` for what is to go. */
export type PatchOf<D> = {
  [K in keyof D]?: D[K] extends readonly unknown[]
    ? D[K] | null
    : D[K] extends object
      ? PatchOf<D[K]> | null
      : D[K] | null;
};
