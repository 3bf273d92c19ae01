import { isInstance } from "../brand.ts";
import type { ClientState } from "../connection/client-state.ts";
import { type IsoHubError, mustBe } from "../errors.ts";
import type { Listener } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { MethodRequest } from "../methods/method.ts";
import type { MethodHandler } from "../methods/method-receiver.ts";
import type { ClientCore } from "./client-core.ts";
import type { ClientEventName, ClientEvents, TwinPatch } from "./client-events.ts";
import type { DesiredPatchOf, TwinShape, UntypedTwin } from "./twin-types.ts";

/** What of a client tells and is told of: its state, its events, and the ways to receive them. */
export abstract class EventClient<T extends TwinShape = UntypedTwin> {
  // Private, so that `inspect` shows none of the options, which contain certificates and passwords.
  readonly #core: ClientCore;

  protected constructor(core: ClientCore) {
    this.#core = core;
  }

  protected get core(): ClientCore {
    return this.#core;
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
    if (!Object.hasOwn(channels, name))
      throw mustBe("The event", name, `one of ${Object.keys(channels).join(", ")}`);
    if (typeof listener !== "function") throw mustBe("The listener", listener, "a function");
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
    this.core.useHandlers();
    this.core.methods.handle(name, handler);
    this.core.connection.subscribe("methods");
    return () => {
      this.core.methods.remove(name, handler);
      this.core.dropMethodsIfUnwanted();
    };
  }

  /**
   * Messages as they come: cloud-to-device messages of a device, those of all inputs of a module. A message is done when
   * the loop asks for the next one or is left, also by an exception; use a handler where a failure has to lead to another
   * delivery. Ends with `signal` and at shutdown.
   */
  messages(options: { signal?: AbortSignal } = {}): AsyncGenerator<ReceivedMessage, void, undefined> {
    this.core.useHandlers();
    return this.core.channels.message.iterate(options.signal);
  }

  /** Method calls as they come, to be answered with `sendMethodResponse`. Ends with `signal` and at shutdown. */
  methodRequests(options: { signal?: AbortSignal } = {}): AsyncGenerator<MethodRequest, void, undefined> {
    this.core.useHandlers();
    return this.core.channels.methodRequest.iterate(options.signal);
  }

  /** Desired patches as they come. Ends with `signal` and at shutdown. */
  twinDesiredPropertiesPatches(
    options: { signal?: AbortSignal } = {},
  ): AsyncGenerator<DesiredPatchOf<T>, void, undefined> {
    this.core.useHandlers();
    const patches: AsyncGenerator<unknown> = this.core.channels.twinDesiredPropertiesPatch.iterate(
      options.signal,
    );
    return patches as AsyncGenerator<DesiredPatchOf<T>, void, undefined>;
  }

  /** States as they change. Ends with `signal` and at shutdown. */
  connectionStates(options: { signal?: AbortSignal } = {}): AsyncGenerator<ClientState, void, undefined> {
    return this.core.channels.connectionStateChange.iterate(options.signal);
  }

  /** Called when `state` has changed. @source Python `on_connection_state_change` */
  get onConnectionStateChange(): Listener<ClientState> | undefined {
    return this.core.channels.connectionStateChange.handler;
  }
  set onConnectionStateChange(handler: Listener<ClientState> | null | undefined) {
    this.setHandler("connectionStateChange", handler);
  }

  /**
   * Called with each cloud-to-device message of a device, or with each message that comes in by an input of a module,
   * whose `inputName` says by which. The hub is told that the message is done once the handler has returned and its
   * promise, if it returns one, has resolved; when it fails, the hub delivers the message again.
   *
   * @source Python `on_message_received`
   */
  get onMessageReceived(): Listener<ReceivedMessage> | undefined {
    return this.core.channels.message.handler;
  }
  set onMessageReceived(handler: Listener<ReceivedMessage> | null | undefined) {
    this.setHandler("message", handler);
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

  /** Called with whatever goes wrong outside of a call. @source Python `on_background_exception` */
  get onBackgroundException(): Listener<IsoHubError> | undefined {
    return this.core.channels.backgroundException.handler;
  }
  set onBackgroundException(handler: Listener<IsoHubError> | null | undefined) {
    this.setHandler("backgroundException", handler);
  }

  protected setHandler<K extends ClientEventName>(
    name: K,
    handler: Listener<ClientEvents[K]> | null | undefined,
  ): void {
    this.#useHandlersFor(name);
    const run = handler ?? undefined;
    if (run !== undefined && typeof run !== "function")
      throw mustBe("The handler", run, "a function or null");
    this.core.channels.of(name).handler = run;
  }

  /** Events of the client itself have nothing to do with how messages are received. */
  #useHandlersFor(name: ClientEventName): void {
    if (name === "message" || name === "methodRequest" || name === "twinDesiredPropertiesPatch") {
      this.core.useHandlers();
    } else this.core.ensureOpen();
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}
