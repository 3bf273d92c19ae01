import { ProtocolError } from "../../errors.ts";
import type { Connection } from "../../runtime.ts";
import {
  highestPublishId,
  type InboundPublish,
  type MqttConnectOptions,
  type MqttSession,
  type MqttSessionEvents,
  type OutboundPublish,
  type TopicFilter,
} from "../engine.ts";
import { PacketWriter } from "../packet-writer.ts";
import { PacketParser, type PacketSink } from "./packet-parser.ts";
import { encodeConnect, encodeSubscribe, encodeUnsubscribe } from "./request-packets.ts";

/** A SUBSCRIBE or UNSUBSCRIBE that waits for its answer. */
interface Request {
  /** How many return codes SUBACK must have; `undefined` for UNSUBSCRIBE. */
  readonly filters: number | undefined;
  readonly resolve: (granted: readonly number[]) => void;
}

/** A session of MQTT 3.1.1 as IoT Hub speaks it: QoS 0 and 1, no retained messages. */
export class LeanSession implements MqttSession, PacketSink {
  readonly #writer: PacketWriter;
  readonly #parser: PacketParser;
  readonly #events: MqttSessionEvents;
  readonly #requests = new Map<number, Request>();
  #lastRequestId = highestPublishId;
  #state: "connecting" | "open" | "over" = "connecting";

  constructor(connection: Connection, options: MqttConnectOptions, events: MqttSessionEvents) {
    this.#writer = new PacketWriter(connection);
    this.#parser = new PacketParser(this);
    this.#events = events;
    this.#writer.send(encodeConnect(options));
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes);
  }

  drained(): void {
    this.#writer.drained();
  }

  publish(message: OutboundPublish, done: () => void): void {
    this.#writer.publish(message, done);
  }

  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]> {
    return this.#request(filters.length, (packetId) => encodeSubscribe(packetId, filters));
  }

  async unsubscribe(filters: readonly string[]): Promise<void> {
    await this.#request(undefined, (packetId) => encodeUnsubscribe(packetId, filters));
  }

  acknowledge(packetId: number): void {
    this.#writer.acknowledge(packetId);
  }

  ping(): void {
    this.#writer.ping();
  }

  disconnect(): void {
    this.#writer.disconnect();
  }

  stop(): void {
    this.#state = "over";
    this.#parser.stop();
    this.#writer.stop();
    this.#requests.clear();
  }

  onConnack(sessionPresent: boolean, returnCode: number): void {
    if (this.#state !== "connecting") {
      this.onMalformed("a second CONNACK [MQTT-3.2.0-1]");
    } else if (returnCode === 0) {
      this.#state = "open";
      this.#events.onOpen(sessionPresent);
    } else {
      this.stop();
      this.#events.onRefused(returnCode);
    }
  }

  onPublish(message: InboundPublish): void {
    if (this.#isOpen()) this.#events.onPublish(message);
  }

  onPuback(packetId: number): void {
    if (this.#isOpen()) this.#writer.acknowledged(packetId);
  }

  onSuback(packetId: number, granted: readonly number[]): void {
    if (!this.#isOpen()) return;
    const request = this.#requests.get(packetId);
    if (request?.filters === undefined) {
      this.onMalformed(`a SUBACK for ${packetId}, which no SUBSCRIBE waits for`);
    } else if (request.filters !== granted.length) {
      this.onMalformed(
        `a SUBACK with ${granted.length} return codes for ${request.filters} filters [MQTT-3.8.4-5]`,
      );
    } else {
      this.#requests.delete(packetId);
      request.resolve(granted);
    }
  }

  onUnsuback(packetId: number): void {
    if (!this.#isOpen()) return;
    const request = this.#requests.get(packetId);
    if (request === undefined || request.filters !== undefined) {
      this.onMalformed(`an UNSUBACK for ${packetId}, which no UNSUBSCRIBE waits for`);
      return;
    }
    this.#requests.delete(packetId);
    request.resolve([]);
  }

  // That bytes have come in is a sign of life, whatever they say; the link looks at that.
  onPingresp(): void {
    this.#isOpen();
  }

  onMalformed(reason: string): void {
    if (this.#state === "over") return;
    this.stop();
    this.#events.onProtocolError(new ProtocolError("protocol_error", `Invalid MQTT: ${reason}`));
  }

  /** Whether CONNACK has come; what comes before it must not. */
  #isOpen(): boolean {
    if (this.#state === "open") return true;
    this.onMalformed("a packet before CONNACK [MQTT-3.2.0-1]");
    return false;
  }

  #request(
    filters: number | undefined,
    encode: (packetId: number) => Uint8Array,
  ): Promise<readonly number[]> {
    return new Promise((resolve) => {
      if (this.#state === "over") return;
      do this.#lastRequestId = this.#lastRequestId >= 0xffff ? highestPublishId + 1 : this.#lastRequestId + 1;
      while (this.#requests.has(this.#lastRequestId));
      const packet = encode(this.#lastRequestId);
      this.#requests.set(this.#lastRequestId, { filters, resolve });
      this.#writer.send(packet);
    });
  }
}
