import type { Clock } from "@isohub/core/internal";
import type { Client, PublishPacket } from "aedes";
import type { Certificate } from "../certificates/certificate.ts";
import type { DeviceConnection, DisconnectReason, SendOptions, Session, Transport } from "../hub/session.ts";
import type { Wire } from "../listeners/wire.ts";
import type { ProvisioningSession } from "../provisioning/provisioning-session.ts";
import { DeviceStream, type Verdict } from "./device-stream.ts";

/** The faults of one connection. `key` is its identity, once that is known. */
export interface ConnectionFaults {
  /** Decides what happens to an outgoing packet of this type. */
  judge(key: string | undefined, type: number): Verdict;
  /** Counts received bytes. Returns how many more may be received, or `undefined` if there is no limit. */
  receiveLimit(key: string | undefined, bytes: number): number | undefined;
  /** Counts a received PUBLISH. Returns how to cut the connection if this was the last one, else `undefined`. */
  countPublish(key: string): "fin" | "rst" | undefined;
  /** Returns how to cut a connection that has received its last byte. */
  cutting(key: string | undefined): "fin" | "rst";
}

/** A public method of aedes' client that its types lack. */
type DeliveringClient = Client & { deliverQoS(packet: PublishPacket, done: () => void): void };

/** One MQTT connection: its stream, its client in aedes, and its session in the hub or the provisioning service. */
export class MqttConnection implements DeviceConnection {
  readonly stream: DeviceStream;
  readonly transport: Transport;
  readonly remoteAddress: string;
  session: Session | undefined;
  registration: ProvisioningSession | undefined;
  client: Client | undefined;
  readonly #wire: Wire;
  #ended: { reason: DisconnectReason; detail: string | undefined } | undefined;
  readonly #onEnd: (connection: MqttConnection, reason: DisconnectReason, detail: string | undefined) => void;

  constructor(
    wire: Wire,
    clock: Clock,
    faults: ConnectionFaults,
    onEnd: (connection: MqttConnection, reason: DisconnectReason, detail: string | undefined) => void,
  ) {
    this.#wire = wire;
    this.transport = wire.transport;
    this.remoteAddress = wire.remoteAddress;
    this.#onEnd = onEnd;
    this.stream = new DeviceStream(wire, {
      judge: (type) => faults.judge(this.key, type),
      receiveLimit: (bytes) => faults.receiveLimit(this.key, bytes),
      onLimit: () => this.cut(faults.cutting(this.key)),
      later: (run, ms) => void clock.setTimer(run, ms),
    });
    this.stream.on("close", () => this.#closed());
    // The server reports errors of the stream; without a listener they would end the process.
    this.stream.on("error", () => {});
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** The identity: `device`, `device/module` or `$dps/{registration id}`. Undefined until the CONNECT is accepted. */
  get key(): string | undefined {
    return this.session?.key ?? this.registration?.key;
  }

  /** The client certificate of the TLS connection with its chain, leaf first. */
  certificates(): readonly Certificate[] {
    return this.#wire.certificates();
  }

  send(topic: string, payload: Uint8Array, { qos = 0, messageId, dup = false }: SendOptions = {}): void {
    if (this.ended) return;
    const packet: PublishPacket = {
      cmd: "publish",
      topic,
      payload: Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength),
      qos,
      retain: false,
      dup,
      // aedes assigns packet ids itself and doesn't expose them. It keeps `properties`, which MQTT 3.1.1 never writes:
      // authorizeForward takes the packet id from there.
      ...(messageId === undefined ? {} : { properties: { subscriptionIdentifier: messageId } }),
    };
    // Not client.publish: it assigns a packet id, waits before it sends a QoS 1 packet, and then takes it for a duplicate
    // of a newer QoS 0 packet that was sent meanwhile. aedes requires the callback.
    (this.client as DeliveringClient | undefined)?.deliverQoS(packet, () => {});
  }

  /** Ends the connection after sending what is buffered. */
  end(reason: DisconnectReason, detail?: string): void {
    this.#finish(reason, detail);
    this.stream.destroy();
  }

  /** Ends the connection immediately, discarding what is buffered. */
  cut(how: "fin" | "rst", reason: DisconnectReason = "fault"): void {
    this.#finish(reason, undefined);
    this.stream.cut(how);
  }

  #closed(): void {
    if (this.stream.hasDisconnect) this.#finish("clientDisconnect", undefined);
    else if (this.stream.lost) this.#finish("connectionLost", undefined);
    else this.#finish("protocolError", "a client may not send this packet here");
  }

  #finish(reason: DisconnectReason, detail: string | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason, detail };
    this.#onEnd(this, reason, detail);
  }
}
