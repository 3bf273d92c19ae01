import { ProtocolError } from "../../errors.ts";
import {
  highestPublishId,
  type InboundPublish,
  type MqttConnectOptions,
  type MqttSession,
  type MqttSessionEvents,
  type PacketConnection,
  type TopicFilter,
} from "../engine.ts";
import { PacketWriter } from "../packet-writer.ts";
import { PacketParser, type PacketSink } from "./packet-parser.ts";
import { encodeConnect, encodeSubscribe, encodeUnsubscribe } from "./request-packets.ts";

/** A SUBSCRIBE or UNSUBSCRIBE that waits for its response. */
interface Request {
  readonly packetId: number;
  /** The number of return codes that SUBACK must have; `undefined` for UNSUBSCRIBE. */
  readonly filters: number | undefined;
  readonly resolve: (granted: readonly number[]) => void;
}

/** A session of the part of MQTT 3.1.1 that IoT Hub supports: QoS 0 and 1, no retained messages. */
export class LeanSession extends PacketWriter implements MqttSession, PacketSink {
  readonly #parser = new PacketParser(this);
  readonly #events: MqttSessionEvents;
  #requests: Request[] = [];
  #lastRequestId = highestPublishId;
  #isOpen = false;

  constructor(connection: PacketConnection, options: MqttConnectOptions, events: MqttSessionEvents) {
    super(connection);
    this.#events = events;
    this.publish(encodeConnect(options));
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }

  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    return this.#request(filters.length, (packetId) => encodeSubscribe(packetId, filters));
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    await this.#request(undefined, (packetId) => encodeUnsubscribe(packetId, filters));
  }

  override stop(): void {
    super.stop();
    this.#parser.stop();
    this.#requests = [];
  }

  onConnack(sessionPresent: boolean, returnCode: number): void {
    if (this.#isOpen) {
      this.onMalformed("a second CONNACK");
    } else if (returnCode === 0) {
      this.#isOpen = true;
      this.#events.onOpen(sessionPresent);
    } else {
      this.stop();
      this.#events.onRefused(returnCode);
    }
  }

  onPublish(message: InboundPublish): void {
    if (this.#checkOpen()) this.#events.onPublish(message);
  }

  onPuback(packetId: number): void {
    if (this.#checkOpen()) this.#events.onPuback(packetId);
  }

  onAnswer(packetId: number, granted: readonly number[] | undefined): void {
    if (!this.#checkOpen()) return;
    const request = this.#requests.find((one) => one.packetId === packetId);
    if (request === undefined || request.filters !== granted?.length) {
      const answer = granted === undefined ? "an UNSUBACK" : `a SUBACK with ${granted.length} return codes`;
      // [MQTT-3.8.4-2], [MQTT-3.8.4-5], [MQTT-3.10.4-4]
      this.onMalformed(`${answer} for ${packetId}, without such a request`);
      return;
    }
    this.#requests = this.#requests.filter((one) => one !== request);
    request.resolve(granted ?? []);
  }

  // The link notices any bytes, so there is nothing to do.
  onPingresp(): void {
    this.#checkOpen();
  }

  onMalformed(reason: string): void {
    if (this.isStopped) return;
    this.stop();
    this.#events.onProtocolError(new ProtocolError("protocol_error", `Invalid MQTT: ${reason}`));
  }

  /** Whether CONNACK has arrived. It is the first packet of a hub [MQTT-3.2.0-1]. */
  #checkOpen(): boolean {
    if (!this.#isOpen) this.onMalformed("a packet before CONNACK");
    return this.#isOpen;
  }

  #request(
    filters: number | undefined,
    encode: (packetId: number) => Uint8Array,
  ): Promise<readonly number[]> {
    return new Promise((resolve) => {
      if (this.isStopped) return;
      do this.#lastRequestId = this.#lastRequestId >= 0xffff ? highestPublishId + 1 : this.#lastRequestId + 1;
      while (this.#requests.some((one) => one.packetId === this.#lastRequestId));
      const packetId = this.#lastRequestId;
      this.publish(encode(packetId));
      this.#requests.push({ packetId, filters, resolve });
    });
  }
}
