import { isInstance } from "../brand.ts";
import { ClientError } from "../errors.ts";
import { type Message, type MessageData, toMessage } from "../messages/message.ts";
import type { EnqueueOptions, OutboxReceipt, OutboxState } from "../outbox/outbox.ts";
import { type ClientSetup, notFromFactory } from "../setup/client-setup.ts";
import { checkOptions, type OperationOptions } from "../util/deadline.ts";
import { ClientCore } from "./client-core.ts";

/** The telemetry of every client, and its base class. */
export abstract class SendingClient {
  // Private, so that `inspect` shows none of the options, which contain certificates and passwords.
  readonly #core: ClientCore;

  protected constructor(setup: ClientSetup) {
    if (!setup?.locator) throw notFromFactory();
    this.#core = new ClientCore(setup);
  }

  protected get core(): ClientCore {
    return this.#core;
  }

  /** The contents of the outbox; undefined without the option `outbox`. */
  get queue(): OutboxState | undefined {
    return this.core.outbox?.state;
  }

  /**
   * Sends telemetry; resolves once the hub has acknowledged it. Without a connection the message waits. One that was in
   * flight when the connection was lost is sent again as a duplicate, within the operation's time-out. With an outbox, the message
   * passes through it, and stays there after a time-out or an abort, which then end only the wait; see {@link enqueue}.
   *
   * @param message - a {@link Message}, or its body: bytes, a string, or any value with a JSON form
   * @throws {ArgumentError} `message_too_large`: over 256 KB with all properties; `invalid_argument`
   * @throws {OperationTimeoutError} not acknowledged in time; the hub may have received it all the same
   * @throws {NoConnectionError} not connected, and `autoConnect` is off
   * @source Python `send_message`
   */
  sendMessage(message: Message<unknown> | MessageData, options: OperationOptions = {}): Promise<void> {
    return this.sendTelemetry(message, undefined, options);
  }

  /**
   * Stores telemetry in the outbox, and resolves once it is accepted: from then on it is sent as soon as possible, also after a restart
   * if the store is persistent. Works without a connection, and requests one unless `autoConnect` is off. A message without an id is
   * sent with a generated one. A module's output is the `outputName` of the message.
   *
   * @throws {ArgumentError} `message_too_large`, `invalid_argument`
   * @throws {ClientError} `not_supported`: the client has no outbox; `outbox_full`; `outbox_failed`: such as on a full disk, with the
   * reason; `outbox_in_use`: another client uses the same store
   */
  enqueue(message: Message<unknown> | MessageData, options: EnqueueOptions = {}): Promise<OutboxReceipt> {
    return this.whileOpen(options, () => {
      const { outbox } = this.core;
      if (!outbox) {
        const remediation = "Pass createOutbox() of the entry /outbox";
        throw new ClientError("not_supported", "enqueue() needs the option 'outbox'", { remediation });
      }
      return outbox.enqueue(toMessage(message), options);
    });
  }

  /** Sends telemetry, by an output of a module if one is given. */
  protected sendTelemetry(
    message: unknown,
    outputName: string | undefined,
    options: OperationOptions,
  ): Promise<void> {
    return this.whileOpen(options, () => this.core.send(toMessage(message), outputName, options));
  }

  /** Runs an operation of an open client. Not async, which would cost two more promises. */
  protected whileOpen<R>(options: object, run: () => Promise<R>): Promise<R> {
    try {
      this.core.ensureOpen();
      checkOptions(options);
      return run();
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** The name of the class. Vue doesn't wrap objects with their own tag in a proxy, which would hide private fields. */
  get [Symbol.toStringTag](): string {
    return this.constructor.name;
  }

  /** Recognizes instances from any copy of the SDK. */
  static [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}
