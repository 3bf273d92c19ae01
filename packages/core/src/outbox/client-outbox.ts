import type { ClientState } from "../connection/client-state.ts";
import { noPrefix } from "../connection/in-flight/in-flight-entry.ts";
import { cancelled } from "../connection/link/link-errors.ts";
import { type IsoHubError, OperationTimeoutError } from "../errors.ts";
import type { MessageFields } from "../messages/telemetry-packet.ts";
import { encodePublish, payloadOf, topicOf } from "../mqtt/publish-packet.ts";
import { never, setTimer, setTimerAt, type Timer } from "../util/clock.ts";
import type { OperationOptions } from "../util/deadline.ts";
import { type Deferred, deferred } from "../util/deferred.ts";
import { fromUtf8 } from "../util/text.ts";
import { DrainRate } from "./drain-rate.ts";
import { MessageIds } from "./message-ids.ts";
import type { EnqueueOptions, OpenOutbox, OutboxHost, OutboxReceipt, OutboxState } from "./outbox.ts";
import * as errors from "./outbox-errors.ts";
import { hasExpired, type OutboxMessage, OutboxMessages } from "./outbox-messages.ts";
import { type OutboxRules, readEnqueueOptions } from "./outbox-options.ts";
import { decodeRecord, encodeRecord, type OutboxRecord } from "./outbox-record.ts";
import { OutboxWriter } from "./outbox-writer.ts";

/** An outbox in use: accepts messages into the store, and sends them in order over the client's connection. */
export class ClientOutbox implements OpenOutbox {
  readonly #host: OutboxHost;
  readonly #rules: OutboxRules;
  readonly #messages = new OutboxMessages();
  readonly #writer: OutboxWriter;
  readonly #rate: DrainRate;
  readonly #flushes = new Set<Deferred<void>>();
  readonly #ids = new MessageIds();
  #opening: Promise<void> | undefined;
  #isOpen = false;
  #isClosed = false;
  #lastKey = 0;
  #inFlight = 0;
  #state: OutboxState | undefined;
  #sendTimer: Timer | undefined;
  #expiryTimer: Timer | undefined;
  #expiryAt = never;

  constructor(host: OutboxHost, rules: OutboxRules) {
    this.#host = host;
    this.#rules = rules;
    this.#rate = new DrainRate(rules.drainRate);
    this.#writer = new OutboxWriter(rules.store, (error) => this.#report(errors.storeFailed(error)));
    // After the handlers are set that follow the client's creation.
    queueMicrotask(() => this.#ready().catch((error: IsoHubError) => this.#report(error)));
  }

  get state(): OutboxState {
    const { depth, bytes, oldest } = this.#messages;
    const { clock } = this.#host;
    this.#state ??= Object.freeze({
      depth,
      bytes,
      oldestSince: oldest && new Date(oldest.acceptedAt),
      get oldestAgeMs() {
        return oldest && Math.max(0, clock.now() - oldest.acceptedAt);
      },
    });
    return this.#state;
  }

  enqueue(message: MessageFields, options: EnqueueOptions): Promise<OutboxReceipt> {
    return this.#enqueue(message, undefined, options);
  }

  async send(
    message: MessageFields,
    outputName: string | undefined,
    options: OperationOptions,
  ): Promise<void> {
    try {
      await this.#host.withDeadline("Sending a message", options, async () => {
        const { acknowledged } = await this.#enqueue(message, outputName, {});
        await acknowledged;
      });
    } catch (error) {
      throw error instanceof OperationTimeoutError ? errors.stillWaiting(error) : error;
    }
  }

  async #enqueue(
    message: MessageFields,
    outputName: string | undefined,
    options: EnqueueOptions,
  ): Promise<OutboxReceipt> {
    const { maxMessages, maxBytes, timeToLiveMs: longest, strategyOnFull } = this.#rules;
    const { priority, timeToLiveMs = longest } = readEnqueueOptions(options);
    // The hub gets no empty id. Not set on the message itself: the application may send that again with another body.
    const messageId = String(message.messageId || this.#ids.next());
    const fields = { ...message, messageId: message.messageId || messageId };
    const packet = this.#host.dialect.encodeMessage(fields, outputName, noPrefix);
    await this.#ready();
    if (this.#isClosed) throw cancelled("shut down");
    const acceptedAt = this.#host.clock.now();
    const record: OutboxRecord = {
      messageId,
      priority,
      acceptedAt,
      expiresAt: acceptedAt + timeToLiveMs,
      bag: fromUtf8(topicOf(packet)),
      payload: payloadOf(packet),
    };
    const bytes = encodeRecord(record);
    const victims =
      strategyOnFull === "dropOldest"
        ? this.#messages.makeRoom(bytes.length, priority, maxMessages, maxBytes)
        : [];
    if (victims === undefined || !this.#messages.hasRoom(bytes.length, maxMessages, maxBytes))
      throw errors.outboxFull(`at most ${maxMessages} messages and ${maxBytes} bytes`);
    const added = asOutboxMessage(++this.#lastKey, bytes.length, record);
    this.#messages.count(added);
    try {
      await this.#writer.append({ key: added.key, bytes });
    } catch (error) {
      this.#messages.remove(added);
      for (const victim of victims) this.#messages.putBack(victim);
      throw errors.storeFailed(error);
    }
    this.#discard(victims, errors.dropped);
    this.#accept(added);
    if (this.#isClosed) added.acknowledged.reject(errors.stillStored());
    this.#pump(true);
    return { messageId, acknowledged: added.acknowledged.promise };
  }

  onStateChange({ status, reason }: ClientState): void {
    if (status === "connected") this.#pump();
    if (status !== "disconnected") return;
    for (const flush of this.#flushes) flush.reject(reason ?? cancelled());
  }

  async flush(): Promise<void> {
    await this.#ready();
    await this.#writer.idle();
    const settled = Promise.allSettled(this.#messages.all().map(({ acknowledged }) => acknowledged.promise));
    const flush = deferred<void>();
    this.#flushes.add(flush);
    this.#pump(true);
    try {
      await Promise.race([settled, flush.promise]);
    } finally {
      this.#flushes.delete(flush);
    }
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#sendTimer?.cancel();
    this.#expiryTimer?.cancel();
    await this.#opening?.catch(() => {});
    await this.#writer.idle();
    for (const { acknowledged } of this.#messages.all()) acknowledged.reject(errors.stillStored());
    if (!this.#isOpen) return;
    this.#isOpen = false;
    await this.#rules.store.close();
  }

  /** Resolves once the store is open. After a failure, the next call tries again. */
  #ready(): Promise<void> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined;
      throw errors.storeFailed(error);
    });
    return this.#opening;
  }

  async #open(): Promise<void> {
    if (this.#isClosed) throw cancelled("shut down");
    const { messages, damage } = await this.#rules.store.open();
    this.#isOpen = true;
    if (damage !== undefined) this.#report(errors.outboxDamaged(damage));
    let unreadable = 0;
    for (const { key, bytes } of messages) {
      this.#lastKey = Math.max(this.#lastKey, key);
      const record = decodeRecord(bytes);
      if (record === undefined) {
        unreadable++;
        this.#writer.remove(key);
        continue;
      }
      const message = asOutboxMessage(key, bytes.length, record);
      this.#messages.count(message);
      this.#accept(message);
    }
    if (unreadable > 0) this.#report(errors.outboxDamaged(`${unreadable} messages can't be read`));
    this.#pump(true);
  }

  #accept(message: OutboxMessage): void {
    this.#messages.accept(message);
    this.#state = undefined;
    this.#expireAt(message.expiresAt);
  }

  /**
   * Sends what is due, as far as the connection, the rate and the number of messages in flight allow.
   *
   * @param connects - whether to request a connection: not after `disconnect()`, until the application does something
   */
  #pump(connects = false): void {
    const { connection, clock } = this.#host;
    const { maxInFlight } = this.#rules;
    if (!this.#isOpen || this.#isClosed) return;
    for (let { next } = this.#messages; next !== undefined; { next } = this.#messages) {
      if (!connection.connected) {
        // There may be none, because autoConnect is off, or the client shuts down.
        if (connects) connection.wake("Sending queued messages");
        return;
      }
      if (this.#inFlight >= maxInFlight) return;
      const now = clock.now();
      if (hasExpired(next, now)) {
        this.#discard([next], errors.expired);
        continue;
      }
      const wait = this.#rate.take(now);
      this.#sendTimer?.cancel();
      if (wait > 0) {
        this.#sendTimer = setTimer(clock, wait, () => this.#pump(), false);
        return;
      }
      this.#send(next, now);
    }
  }

  #send(message: OutboxMessage, now: number): void {
    const { bag: topic, payload, expiresAt } = message;
    const packet = encodePublish({ topic, payload, qos: 1 });
    this.#messages.send(message);
    this.#inFlight++;
    this.#host.connection
      .publish(
        { operation: "Sending a queued message", packet, prefix: noPrefix },
        { timeoutMs: expiresAt - now },
      )
      .then(
        () => this.#settle(message),
        (error: unknown) => this.#settle(message, error),
      );
  }

  #settle(message: OutboxMessage, error?: unknown): void {
    this.#inFlight--;
    if (error === undefined) {
      this.#forget(message);
      message.acknowledged.resolve();
    } else if (error instanceof OperationTimeoutError) this.#discard([message], errors.expired);
    else {
      // The connection has ended for good. The next one, if there is one, sends the message.
      this.#messages.putBack(message);
      this.#expireAt(message.expiresAt);
      return;
    }
    this.#pump();
  }

  /** Discards messages: each promise rejects, and one error is reported for all of them. */
  #discard(messages: readonly OutboxMessage[], errorFor: (messages: string) => IsoHubError): void {
    const [first] = messages;
    if (first === undefined) return;
    const named = `the message '${first.messageId}'`;
    for (const message of messages) {
      this.#forget(message);
      message.acknowledged.reject(errorFor(`the message '${message.messageId}'`));
    }
    this.#report(errorFor(messages.length === 1 ? named : `${messages.length} messages, first ${named},`));
  }

  #forget(message: OutboxMessage): void {
    this.#messages.remove(message);
    this.#writer.remove(message.key);
    this.#state = undefined;
  }

  /** One timer for all waiting messages; those in flight expire with their time-out. */
  #expireAt(at: number): void {
    if (at >= this.#expiryAt || this.#isClosed) return;
    this.#expiryTimer?.cancel();
    this.#expiryAt = at;
    this.#expiryTimer = setTimerAt(this.#host.clock, at, () => {
      this.#expiryAt = never;
      const now = this.#host.clock.now();
      const due = this.#messages.all().filter((each) => each.place === "waiting" && hasExpired(each, now));
      this.#discard(due, errors.expired);
      this.#expireAt(this.#messages.expiresAt);
    });
  }

  #report(error: IsoHubError): void {
    if (!this.#isClosed) this.#host.onBackgroundError(error);
  }
}

function asOutboxMessage(key: number, size: number, record: OutboxRecord): OutboxMessage {
  const acknowledged = deferred<void>();
  // The application may ignore it, and errors are reported, too.
  acknowledged.promise.catch(() => {});
  return { ...record, key, size, acknowledged, place: "storing" };
}
