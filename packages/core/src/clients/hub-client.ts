import type { ClientState } from "../connection/client-state.ts";
import { type IsoHubError, mustBe } from "../errors.ts";
import type { Channel, Listener } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import { type MethodRequest, MethodResponse } from "../methods/method.ts";
import type { MethodHandler } from "../methods/method-handlers.ts";
import type { ReportedVersion } from "../twin/twin-dialect.ts";
import { never } from "../util/clock.ts";
import { checkOptions, type OperationOptions, type ShutdownOptions } from "../util/deadline.ts";
import type { ClientEventName, ClientEvents, TwinPatch } from "./client-events.ts";
import { SendingClient } from "./sending-client.ts";
import type { DesiredPatchOf, PatchOf, Twin, TwinShape, UntypedTwin } from "./twin-types.ts";

/** The state, events and operations that all clients of a hub share. Create one with a factory of its subclasses. */
export abstract class HubClient<T extends TwinShape = UntypedTwin> extends SendingClient {
  /** Whether the client is connected. @source Python `connected` */
  get connected(): boolean {
    return this.core.connection.connected;
  }

  /** The state of the connection, since when, and why. */
  get state(): ClientState {
    return this.core.connection.state;
  }

  /**
   * Connects to the hub, or does nothing if it is connected. Resolves once the hub has accepted the device and confirmed
   * the subscriptions of the handlers that are set.
   *
   * Operations connect automatically unless `autoConnect` is off; call this first to find out early what is wrong. Makes one
   * attempt, unless `firstConnectionRetry` is set. Once connected, the client reconnects by itself.
   *
   * @throws {ConnectionFailedError} the hub couldn't be reached or secured; `code` names the step that failed. In a page,
   * `identity_in_use`: another client of this page, or of another tab, uses this device
   * @throws {CredentialError} `not_authorized`: unknown or disabled device, wrong key, expired token
   * @throws {OperationTimeoutError} `operation_timeout`: no answer within `connectTimeoutMs`
   * @source Python `connect`
   */
  async connect(options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    checkOptions(options);
    const limits = { timeoutMs: never, ...options };
    await this.core.withDeadline("Connecting", limits, (signal) => this.core.connection.connect(signal));
  }

  /**
   * Disconnects gracefully, and stays disconnected until an operation or {@link connect} needs the hub again. Messages that
   * the hub hasn't acknowledged reject with `OperationCancelledError`, unless they are in an outbox, where they wait for the next
   * connection.
   *
   * @source Python `disconnect`
   */
  async disconnect(options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    await this.core.withDeadline("Disconnecting", options, () => this.core.disconnect());
  }

  /**
   * Ends the client permanently: disconnects, rejects pending operations, ends iterations, and leaves no timer, socket or
   * listener behind. Can be called repeatedly. `await using` calls it at the end of a block. Without `drain`, messages that
   * the hub hasn't acknowledged reject with `OperationCancelledError`. Those in an outbox stay in its store.
   *
   * @source Python `shutdown`
   */
  async shutdown(options: ShutdownOptions = {}): Promise<void> {
    checkOptions(options);
    await this.core.shutdown(options);
  }

  /**
   * Waits until everything that the client has accepted so far is acknowledged by the hub or has failed; a failure rejects
   * only the operation's own promise. Without a connection it waits for one if an operation needs it.
   * With an outbox, also waits for its messages, and rejects with the reason if the client gives up connecting.
   *
   * @throws {OperationTimeoutError | ClientError} `operation_timeout`, `shut_down`
   */
  async flush(options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    await this.core.withDeadline("Flushing", options, () => this.core.flush());
  }

  /** Calls {@link shutdown} at the end of an `await using` block. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
  }

  /**
   * Reads the twin from the hub. Without a connection it waits for one. If the connection is lost meanwhile it rejects, and
   * can be called again.
   *
   * @throws {ServiceError} the hub answered with an error status
   * @throws {ConnectionDroppedError | OperationTimeoutError | NoConnectionError}
   * @source Python `get_twin`
   */
  getTwin(options: OperationOptions = {}): Promise<Twin<T>> {
    return this.whileOpen(
      options,
      () => this.core.receivers.getTwin(options) as Promise<unknown> as Promise<Twin<T>>,
    );
  }

  /**
   * Patches the reported properties: objects merge, `null` deletes, arrays are replaced. Resolves once the hub has accepted
   * the patch.
   *
   * @returns the version of the reported properties after the patch
   * @throws {ArgumentError} `invalid_argument` for what a twin can't hold, such as NaN or a `null` in an array
   * @throws {ServiceError} the hub refused it: 400 for what a twin can't hold, 429 with `retryAfterMs`
   * @throws {ConnectionDroppedError} the connection was lost before the answer; the hub may have applied the patch
   * @source Python `patch_twin_reported_properties`
   */
  patchTwinReportedProperties(
    reportedPropertiesPatch: PatchOf<T["reported"]>,
    options: OperationOptions = {},
  ): Promise<ReportedVersion> {
    return this.whileOpen(options, () => this.core.receivers.patchReported(reportedPropertiesPatch, options));
  }

  /**
   * Answers a direct method call from `onMethodRequestReceived`, `on("methodRequest")`, `methodRequests` or
   * `receiveMethodRequest`. Resolves once the hub has the response.
   *
   * @source Python `send_method_response`
   */
  async sendMethodResponse(methodResponse: MethodResponse, options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    if (!(methodResponse instanceof MethodResponse))
      throw mustBe("The response", methodResponse, "a MethodResponse");
    return this.core.respond(methodResponse, options);
  }

  /**
   * Answers the calls of one method with what `handler` returns. If it throws, the answer has status 500; a method without
   * any handler is answered with 404.
   *
   * @returns a function that removes the handler
   * @throws {ClientError} `handler_conflict`: the method has a handler
   */
  handleMethod(name: string, handler: MethodHandler): () => void {
    const { core } = this;
    core.useHandlers();
    core.methodHandlers.add(name, handler);
    core.receivers.setInterest("methodRequest", true);
    return () => {
      core.methodHandlers.remove(name, handler);
      core.dropMethodsIfUnwanted();
    };
  }

  /**
   * Adds a listener to an event. Listening to messages, method calls or desired patches subscribes to them, which connects
   * unless `autoConnect` is off.
   * @returns a function that removes the listener; so does `signal`
   * @throws {ArgumentError} `invalid_argument`: there is no such event
   * @throws {ClientError} `shut_down`; `mode_conflict` after a `receive…` call
   */
  on<K extends ClientEventName>(
    name: K,
    listener: Listener<ClientEvents<DesiredPatchOf<T>>[K]>,
    options: { signal?: AbortSignal } = {},
  ): () => void {
    const { channels } = this.core;
    if (!Object.hasOwn(channels, name))
      throw mustBe("The event", name, `one of ${Object.keys(channels).join(", ")}`);
    if (typeof listener !== "function") throw mustBe("The listener", listener, "a function");
    return this.core.channel(name).listen(listener as Listener<ClientEvents[K]>, options.signal);
  }

  /**
   * Iterates over messages: cloud-to-device messages of a device, those of all inputs of a module. A message is acknowledged
   * when the loop requests the next one or ends, also by an exception; use a handler if a failure must lead to another
   * delivery. Ends with `signal` and at shutdown.
   */
  messages(options: { signal?: AbortSignal } = {}): AsyncGenerator<ReceivedMessage, void, undefined> {
    return this.core.channel("message").iterate(options.signal);
  }

  /** Iterates over method calls; answer each with `sendMethodResponse`. Ends with `signal` and at shutdown. */
  methodRequests(options: { signal?: AbortSignal } = {}): AsyncGenerator<MethodRequest, void, undefined> {
    return this.core.channel("methodRequest").iterate(options.signal);
  }

  /** Iterates over desired patches. Ends with `signal` and at shutdown. */
  twinDesiredPropertiesPatches(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<DesiredPatchOf<T>, void, undefined> {
    const channel = this.core.channel("twinDesiredPropertiesPatch") as Channel<unknown>;
    return (channel as Channel<DesiredPatchOf<T>>).iterate(options.signal);
  }

  /** Iterates over changes of {@link state}. Ends with `signal` and at shutdown. */
  connectionStates(options: { signal?: AbortSignal } = {}): AsyncGenerator<ClientState, void, undefined> {
    return this.core.channels.of("connectionStateChange").iterate(options.signal);
  }

  /** Called when `state` has changed. @source Python `on_connection_state_change` */
  get onConnectionStateChange(): Listener<ClientState> | undefined {
    return this.core.channels.connectionStateChange?.handler;
  }
  set onConnectionStateChange(handler: Listener<ClientState> | null | undefined) {
    this.core.setHandler("connectionStateChange", handler);
  }

  /**
   * Called with each cloud-to-device message of a device, or with each message of a module's inputs, whose `inputName` is that
   * of the input. The message is acknowledged once the handler has returned, and its promise, if any, has resolved. If it
   * fails, the hub delivers the message again.
   *
   * @source Python `on_message_received`
   */
  get onMessageReceived(): Listener<ReceivedMessage> | undefined {
    return this.core.channels.message?.handler;
  }
  set onMessageReceived(handler: Listener<ReceivedMessage> | null | undefined) {
    this.core.setHandler("message", handler);
  }

  /** Called with each direct method call that has no other handler. @source Python `on_method_request_received` */
  get onMethodRequestReceived(): Listener<MethodRequest> | undefined {
    return this.core.channels.methodRequest?.handler;
  }
  set onMethodRequestReceived(handler: Listener<MethodRequest> | null | undefined) {
    this.core.setHandler("methodRequest", handler);
  }

  /** Called with each change of the desired properties. @source Python `on_twin_desired_properties_patch_received` */
  get onTwinDesiredPropertiesPatchReceived(): Listener<DesiredPatchOf<T>> | undefined {
    return this.core.channels.twinDesiredPropertiesPatch?.handler as Listener<DesiredPatchOf<T>> | undefined;
  }
  set onTwinDesiredPropertiesPatchReceived(handler: Listener<DesiredPatchOf<T>> | null | undefined) {
    this.core.setHandler("twinDesiredPropertiesPatch", handler as Listener<TwinPatch> | null | undefined);
  }

  /**
   * Called with each error that no call throws. Without a listener for errors and without a `logger`, failures of handlers and the
   * error that ends the client go to `reportError` in pages, and elsewhere to `console.error`. @source Python `on_background_exception`
   */
  get onBackgroundException(): Listener<IsoHubError> | undefined {
    return this.core.channels.backgroundException?.handler;
  }
  set onBackgroundException(handler: Listener<IsoHubError> | null | undefined) {
    this.core.setHandler("backgroundException", handler);
  }
}
