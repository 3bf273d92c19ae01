import { ArgumentError } from "../errors.ts";
import { type Message, type MessageData, toMessage } from "../messages/message.ts";
import { MethodResponse } from "../methods/method.ts";
import type { ClientSetup } from "../setup/client-setup.ts";
import { type OperationOptions, withDeadline } from "../util/deadline.ts";
import { ClientCore } from "./client-core.ts";
import { EventClient } from "./event-client.ts";
import type { PatchOf, Twin, TwinShape, UntypedTwin } from "./twin-types.ts";

/** What device and module clients have in common. Made by the factories of those, not by itself. */
export abstract class HubClient<T extends TwinShape = UntypedTwin> extends EventClient<T> {
  protected constructor(setup: ClientSetup) {
    super(new ClientCore(setup));
  }

  /**
   * Connects to the hub; does nothing when connected. Resolves once the hub has accepted the device and confirmed the
   * subscriptions of the handlers that are set.
   *
   * Operations connect by themselves unless `autoConnect` is off; calling this first tells early what is wrong. It
   * makes one try. Once a connection has been made, the client keeps it up by itself.
   *
   * @throws {ConnectionFailedError} the hub could not be reached or secured; `code` says which step failed. In a page,
   * `identity_in_use` — another client of this page, or of another tab, holds this device
   * @throws {CredentialError} `not_authorized` — unknown or disabled device, wrong key, expired token
   * @throws {OperationTimeoutError} `operation_timeout` — no answer within `connectTimeoutMs`
   * @source Python `connect`
   */
  async connect(options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    await this.withDeadline("Connecting", { timeoutMs: Number.POSITIVE_INFINITY, ...options }, () =>
      this.core.connection.connect(),
    );
  }

  /**
   * Disconnects in order and stays disconnected until an operation or {@link connect} needs the hub again. Messages
   * that are not acknowledged yet reject with `OperationCancelledError`.
   *
   * @source Python `disconnect`
   */
  async disconnect(options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    await this.withDeadline("Disconnecting", options, () => this.core.disconnect());
  }

  /**
   * Ends the client for good: disconnects, rejects what is pending, ends iterations and leaves no timer, socket or
   * listener behind. May be called again. `await using` does it at the end of a block.
   *
   * @source Python `shutdown`
   */
  async shutdown(options: OperationOptions = {}): Promise<void> {
    await this.withDeadline("Shutting down", options, () => this.core.shutdown());
  }

  /** What `await using` calls: {@link shutdown}. */
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
  sendMessage(message: Message<unknown> | MessageData, options: OperationOptions = {}): Promise<void> {
    return this.sendTelemetry(message, undefined, options);
  }

  /**
   * Reads the twin from the hub. While there is no connection this waits for one; a connection lost meanwhile rejects
   * it, and it can be called again.
   *
   * @throws {ServiceError} the hub answered with an error status
   * @throws {ConnectionDroppedError | OperationTimeoutError | NoConnectionError}
   * @source Python `get_twin`
   */
  getTwin(options: OperationOptions = {}): Promise<Twin<T>> {
    return this.#whileOpen(() => this.core.twin.get(options) as Promise<unknown> as Promise<Twin<T>>);
  }

  /**
   * Patches the reported properties: objects merge, `null` deletes, arrays are replaced. Resolves when the hub has
   * accepted it.
   *
   * @throws {ServiceError} the hub refused it: 400 for what a twin may not hold, 429 with `retryAfterMs`
   * @throws {ConnectionDroppedError} the connection was lost before the answer; whether it was applied is not known
   * @source Python `patch_twin_reported_properties`
   */
  patchTwinReportedProperties(
    reportedPropertiesPatch: PatchOf<T["reported"]>,
    options: OperationOptions = {},
  ): Promise<void> {
    return this.#whileOpen(() => this.core.twin.patchReported(reportedPropertiesPatch, options));
  }

  /**
   * Answers a direct method call taken from `onMethodRequestReceived`, `on("methodRequest")`, `methodRequests` or
   * `receiveMethodRequest`. Resolves when the hub has the answer.
   *
   * @source Python `send_method_response`
   */
  async sendMethodResponse(methodResponse: MethodResponse, options: OperationOptions = {}): Promise<void> {
    this.core.ensureOpen();
    if (!(methodResponse instanceof MethodResponse)) {
      throw new ArgumentError("invalid_argument", "The response must be a MethodResponse");
    }
    return this.core.respond(methodResponse, options);
  }

  /** Telemetry, by an output of a module if one is given. */
  protected sendTelemetry(
    message: unknown,
    outputName: string | undefined,
    options: OperationOptions,
  ): Promise<void> {
    // Not async: that would be two promises more for each message. What is thrown is a rejection all the same.
    try {
      this.core.ensureOpen();
      const { bag, payload } = this.core.dialect.encodeMessage(toMessage(message), outputName);
      return this.core.connection.publish("relative", "Sending a message", bag, payload, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** An operation of an open client. Not async: that would be two promises more. What is thrown is a rejection all the same. */
  #whileOpen<R>(run: () => Promise<R>): Promise<R> {
    try {
      this.core.ensureOpen();
      return run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  protected withDeadline<R>(what: string, options: OperationOptions, run: () => Promise<R>): Promise<R> {
    return withDeadline(this.core.clock, what, options, this.core.setup.options.operationTimeoutMs, run);
  }
}
