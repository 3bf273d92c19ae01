import type { Clock } from "@isohub/core/internal";
import type { Client, PublishPacket } from "aedes";
import type { Certificate } from "../certificates/certificate.ts";
import type { DeviceConnection, DisconnectReason, SendOptions, Session, Transport } from "../hub/session.ts";
import type { Wire } from "../listeners/wire.ts";
import type { ProvisioningSession } from "../provisioning/provisioning-session.ts";
import { DeviceStream, type Verdict } from "./device-stream.ts";

/** The faults one connection has to obey; the fault book answers for the identity behind it. */
export interface LinkFaults {
  /** What happens to a packet on its way to the device. */
  judge(key: string | undefined, type: number): Verdict;
  /** Counts received bytes; returns how many may still pass, `undefined` without a limit. */
  receiveLimit(key: string | undefined, bytes: number): number | undefined;
  /** Counts a received PUBLISH; returns how to cut the connection, if it was the last. */
  countPublish(key: string): "fin" | "rst" | undefined;
  /** How to cut a connection whose bytes are used up. */
  cutting(key: string | undefined): "fin" | "rst";
}

/** A public field of aedes' client that its types leave out. */
type DeliveringClient = Client & { deliverQoS(packet: PublishPacket, done: () => void): void };

/** One connection of a device: its stream, its client in the broker and its session in the hub or in provisioning. */
export class Link implements DeviceConnection {
  readonly stream: DeviceStream;
  readonly transport: Transport;
  readonly remoteAddress: string;
  session: Session | undefined;
  registration: ProvisioningSession | undefined;
  client: Client | undefined;
  readonly #wire: Wire;
  #ended: { reason: DisconnectReason; detail: string | undefined } | undefined;
  readonly #onEnd: (link: Link, reason: DisconnectReason, detail: string | undefined) => void;

  constructor(
    wire: Wire,
    clock: Clock,
    faults: LinkFaults,
    onEnd: (link: Link, reason: DisconnectReason, detail: string | undefined) => void,
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
    // Errors of the stream are told by the broker; without a listener they would end the process.
    this.stream.on("error", () => {});
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Who is connected: `device`, `device/module` or `$dps/{registration id}`; nobody before the CONNECT is accepted. */
  get key(): string | undefined {
    return this.session?.key ?? this.registration?.key;
  }

  /** The client certificate below it, with its chain, leaf first. */
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
      // aedes numbers packets itself and tells nobody. It carries `properties` along, which MQTT 3.1.1 never writes:
      // authorizeForward finds the number there and sets it.
      ...(messageId === undefined ? {} : { properties: { subscriptionIdentifier: messageId } }),
    };
    // aedes calls the callback without asking whether there is one.
    // Not client.publish: it numbers a packet, waits before it sends one of QoS 1, and then takes it for a duplicate of a
    // younger one of QoS 0 that went out meanwhile.
    (this.client as DeliveringClient | undefined)?.deliverQoS(packet, () => {});
  }

  /** Ends the connection; what was already sent still goes out. */
  end(reason: DisconnectReason, detail?: string): void {
    this.#finish(reason, detail);
    this.stream.destroy();
  }

  /** Ends the connection at once, nothing more goes out. */
  cut(how: "fin" | "rst", reason: DisconnectReason = "fault"): void {
    this.#finish(reason, undefined);
    this.stream.cut(how);
  }

  #closed(): void {
    if (this.stream.saidGoodbye) this.#finish("clientDisconnect", undefined);
    else if (this.stream.lost) this.#finish("connectionLost", undefined);
    else this.#finish("protocolError", "the packet is not one a client may send here");
  }

  #finish(reason: DisconnectReason, detail: string | undefined): void {
    if (this.#ended !== undefined) return;
    this.#ended = { reason, detail };
    this.#onEnd(this, reason, detail);
  }
}
