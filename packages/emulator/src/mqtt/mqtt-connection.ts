import {
  ClientPacketParser,
  type ClientPacketSink,
  type ClientPublish,
  type ConnectPacket,
  encodeConnack,
  encodePingresp,
  encodePublish,
  encodeSuback,
  encodeUnsuback,
  type ForeignConnect,
  type RequestedFilter,
  type Timer,
} from "@isohub/core/internal";
import type { Certificate } from "../certificates/certificate.ts";
import { messageOf } from "../hub/hub-error.ts";
import type { DeviceConnection, DisconnectReason, SendOptions, Transport } from "../hub/sessions/session.ts";
import { maxTelemetryBytes } from "../hub/telemetry/telemetry-message.ts";
import type { Wire, WireHandlers } from "../listeners/wire.ts";
import type { AnswerType } from "./connection-faults.ts";
import type { ConnectionOwner } from "./connection-owner.ts";
import { KeepAliveWatch } from "./keep-alive-watch.ts";
import type { PacketHandler } from "./packet-handler.ts";
import { WireWriter, type WireWriterOwner } from "./wire-writer.ts";

const connectTimeoutMs = 60_000;
// A client that sends without waiting for CONNACK is read until this many bytes wait.
const maxWaitingBytes = 256 * 1024;
// A will of 64 KB with a topic, a token and a user name of the usual size; the topic of a PUBLISH has up to 64 KB.
const limits = { connect: 72 * 1024, publish: maxTelemetryBytes + 65_535 + 4 };

/** One MQTT connection: packets of a client on a wire, passed to a {@link PacketHandler} once its CONNECT is accepted. */
export class MqttConnection implements DeviceConnection, ClientPacketSink, WireHandlers, WireWriterOwner {
  readonly transport: Transport;
  readonly remoteAddress: string;
  readonly #wire: Wire;
  readonly #owner: ConnectionOwner<MqttConnection>;
  readonly #parser = new ClientPacketParser(this, limits);
  readonly #writer: WireWriter;
  readonly #keepAlive: KeepAliveWatch;
  #handler: PacketHandler | undefined;
  #timer: Timer | undefined;
  #ended = false;
  // Stops reading and writing without closing: a fault.
  #isDead = false;
  #isPaused = false;
  // Whether the packets of a block wait until the client has read the answers to those before.
  #isHeld = false;

  constructor(wire: Wire, owner: ConnectionOwner<MqttConnection>) {
    this.#wire = wire;
    this.#owner = owner;
    this.transport = wire.transport;
    this.remoteAddress = wire.remoteAddress;
    this.#writer = new WireWriter(wire, owner.clock, this);
    this.#keepAlive = new KeepAliveWatch(owner.clock, this);
  }

  // A client that doesn't read isn't read either, so it can't make the hub collect answers.
  onFull(): void {
    this.#pause();
  }

  onDrained(): void {
    this.#release();
    if (this.#parser.waitingBytes === 0) this.#resume();
  }

  onSilence(): void {
    this.end("keepAliveTimeout");
  }

  onStuck(detail: string): void {
    this.cut("rst", "slowReader", detail);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The identity: `device`, `device/module` or `$dps/{registration id}`. Undefined until the CONNECT is accepted. */
  get key(): string | undefined {
    return this.#handler?.key;
  }

  /** The client certificate of the TLS connection with its chain, leaf first. */
  certificates(): readonly Certificate[] {
    return this.#wire.certificates();
  }

  /** Starts reading. */
  start(): void {
    this.#timer = this.#owner.clock.setTimer(() => {
      this.end("protocolError", `no CONNECT within ${connectTimeoutMs / 1000} s`);
    }, connectTimeoutMs);
    this.#wire.start(this);
  }

  onEnd(): void {
    this.#finish("connectionLost");
  }

  /** Answers CONNECT with return code 0, and passes all further packets to the handler. */
  accept(handler: PacketHandler): void {
    this.#handler = handler;
    this.#write("other", encodeConnack(handler.sessionPresent, 0));
    if (!this.#ended) this.#keepAlive.start(handler.keepAlive * 1500);
    handler.ready();
    this.#parser.release();
    this.#resume();
  }

  /** Answers CONNECT with another return code. */
  refuse(returnCode: number): void {
    this.#write("other", encodeConnack(false, returnCode));
    this.end("protocolError");
  }

  send(topic: string, payload: Uint8Array, { qos = 0, messageId = 0, dup = false }: SendOptions = {}): void {
    if (this.#ended) return;
    let packet: Uint8Array;
    try {
      packet = encodePublish({ topic, payload, qos, dup, packetId: messageId });
    } catch (error) {
      // MQTT can't express a topic of more than 64 KB.
      this.end("protocolError", messageOf(error));
      return;
    }
    this.#write("other", packet);
  }

  /** Sends what has been written since the last call. */
  flush(): void {
    if (this.#isDead) return;
    this.#writer.flush();
    if (!this.#writer.isFull) this.#release();
  }

  /** Ends the connection after sending what is buffered. */
  end(reason: DisconnectReason, detail?: string): void {
    if (this.#ended) return;
    this.#finish(reason, detail);
    const close = (): void => {
      this.flush();
      if (this.#isDead) return;
      if (reason === "clientDisconnect" && this.#wire.conclude !== undefined) this.#wire.conclude();
      else this.#wire.end();
    };
    const written = this.#owner.written();
    if (written === undefined) close();
    else void written.then(close);
  }

  /** Ends the connection immediately, discarding what is buffered. */
  cut(how: "fin" | "rst", reason: DisconnectReason = "fault", detail?: string): void {
    this.#finish(reason, detail);
    this.#isDead = true;
    if (how === "rst") this.#wire.reset();
    else this.#wire.end();
  }

  /** Stops reading and writing; the socket stays open. */
  blackHole(): void {
    this.#isDead = true;
    this.#wire.pause();
  }

  onConnect(packet: ConnectPacket | ForeignConnect): void {
    this.#timer?.cancel();
    this.#parser.hold();
    this.#owner
      .onConnect(this, packet)
      .catch((error: unknown) => this.end("protocolError", messageOf(error)));
  }

  onPublish(publish: ClientPublish): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    const { faults } = this.#owner;
    const problem = faults.refusal(handler.key, publish.topic) ?? handler.publish(publish);
    if (problem !== undefined) {
      if (problem === "cut") this.cut("rst");
      else this.end("protocolError", problem);
      return;
    }
    const how = faults.countPublish(handler.key);
    // The hub has the message, but its PUBACK is never sent.
    if (how !== undefined) this.cut(how);
    else if (publish.qos === 1) this.#acknowledge(publish.packetId);
  }

  onPuback(packetId: number): void {
    this.#handler?.acknowledge(packetId);
  }

  onSubscribe(packetId: number, filters: readonly RequestedFilter[]): void {
    const handler = this.#handler;
    if (handler === undefined) return;
    const granted = filters.map(({ filter, qos }) => handler.subscribe(filter, qos));
    this.#write("suback", encodeSuback(packetId, granted));
    handler.subscribed();
  }

  onUnsubscribe(packetId: number, filters: readonly string[]): void {
    for (const filter of filters) this.#handler?.unsubscribe(filter);
    this.#write("other", encodeUnsuback(packetId));
  }

  onPingreq(): void {
    this.#write("pingresp", encodePingresp());
    this.#handler?.pinged();
  }

  onDisconnect(): void {
    this.end("clientDisconnect");
  }

  onMalformed(reason: string): void {
    this.end("protocolError", reason);
  }

  onData(bytes: Uint8Array): void {
    if (this.#isDead || this.#ended) return;
    const allowed = this.#owner.faults.receiveLimit(this.key, bytes.length);
    this.#keepAlive.received();
    this.#parser.push(allowed === undefined || allowed >= bytes.length ? bytes : bytes.subarray(0, allowed));
    // Complete packets have been processed, but aren't answered.
    if (allowed !== undefined && allowed <= bytes.length) this.cut(this.#owner.faults.cutting(this.key));
    else if (this.#parser.waitingBytes > maxWaitingBytes) this.#pause();
  }

  #acknowledge(packetId: number): void {
    const verdict = this.#owner.faults.judge(this.key, "puback");
    if (verdict === "pass") {
      this.#writer.outbox.acknowledge(packetId);
      this.#owner.flushLater(this);
    } else if (verdict !== "drop") {
      this.#later(verdict.delayMs, () => this.#writer.outbox.acknowledge(packetId));
    }
  }

  #write(type: AnswerType, packet: Uint8Array): void {
    if (this.#ended) return;
    const verdict = this.#owner.faults.judge(this.key, type);
    if (verdict === "pass") {
      this.#writer.outbox.add(packet);
      this.#owner.flushLater(this);
      if (this.#handler === undefined || !this.#writer.isFull) return;
      this.#isHeld = true;
      this.#parser.hold();
    } else if (verdict !== "drop") {
      this.#later(verdict.delayMs, () => this.#writer.outbox.add(packet));
    }
  }

  #later(ms: number, add: () => void): void {
    this.#owner.clock.setTimer(() => {
      if (this.#ended) return;
      add();
      this.flush();
    }, ms);
  }

  #release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#parser.release();
  }

  #pause(): void {
    if (this.#isPaused) return;
    this.#isPaused = true;
    this.#wire.pause();
  }

  #resume(): void {
    if (!this.#isPaused || this.#isDead) return;
    this.#isPaused = false;
    this.#wire.resume();
  }

  #finish(reason: DisconnectReason, detail?: string): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#parser.stop();
    this.#timer?.cancel();
    this.#keepAlive.stop();
    this.#writer.stop();
    this.#owner.onEnd(this, reason, detail);
    this.#handler?.ended(reason, detail);
  }
}
