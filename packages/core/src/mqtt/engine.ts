import type { Connection } from "../runtime/runtime.ts";

/**
 * An MQTT 3.1.1 implementation, as narrow as this project needs it: one session over one connection. It neither dials
 * nor reconnects nor signs nor knows IoT Hub, and it owns no timer: keep-alive and time-outs are its caller's.
 */
export interface MqttEngine {
  /** For the user agent and for messages. */
  readonly name: string;
  /** Loads what the engine needs; called before the first `start`, so that an import costs nothing until then. */
  prepare(): Promise<void>;
  /** Sends CONNECT over an open connection. */
  start(connection: PacketConnection, options: MqttConnectOptions, events: MqttSessionEvents): MqttSession;
}

/** What a session sends by; its owner opens and closes it. */
export type PacketConnection = Pick<Connection, "send">;

/** The fields of CONNECT. */
export interface MqttConnectOptions {
  readonly clientId: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly cleanSession: boolean;
  /** Seconds; 0 turns the hub's own watch off. */
  readonly keepAliveSeconds: number;
}

/** What a session tells its owner. */
export interface MqttSessionEvents {
  /** CONNACK with code 0. */
  onOpen(sessionPresent: boolean): void;
  /** CONNACK with another code; the session is over. */
  onRefused(returnCode: number): void;
  /** A message from the hub, in the order of its coming. */
  onPublish(message: InboundPublish): void;
  /** PUBACK for a message that was sent at QoS 1. */
  onPuback(packetId: number): void;
  /** The peer broke the protocol; the session is over and the connection has to be aborted. */
  onProtocolError(error: Error): void;
}

/** A message from the hub. QoS 1 stays unacknowledged until {@link MqttSession.acknowledge}. */
export interface InboundPublish {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly dup: boolean;
  /** Undefined at QoS 0. */
  readonly packetId: number | undefined;
}

/** A message to the hub. */
export interface OutboundPublish {
  readonly topic: string;
  /** A text is sent as UTF-8. */
  readonly payload: Uint8Array | string;
  readonly qos: 0 | 1;
  readonly dup: boolean;
  /** Chosen by the caller from 1 to {@link highestPublishId}, unused among its messages in flight; ignored at QoS 0. */
  readonly packetId: number;
}

/** Packet ids above this one belong to the engine, for SUBSCRIBE and UNSUBSCRIBE. */
export const highestPublishId = 0x7fff;

/** One subscription. */
export interface TopicFilter {
  readonly filter: string;
  readonly qos: 0 | 1;
}

/** A live MQTT session over one connection. Nothing is called back after `stop`. */
export interface MqttSession {
  /** Bytes from the connection. */
  receive(bytes: Uint8Array): void;
  /** The connection has room again. */
  drained(): void;
  /** Sends a message; one at QoS 1 comes back as {@link MqttSessionEvents.onPuback}. */
  publish(message: OutboundPublish): void;
  /** Resolves with the granted QoS of each filter, 128 for a refused one. Never settles after `stop`. */
  subscribe(filters: readonly TopicFilter[]): Promise<readonly number[]>;
  /** Resolves with UNSUBACK. Never settles after `stop`. */
  unsubscribe(filters: readonly string[]): Promise<void>;
  /** Sends PUBACK for a message received at QoS 1. */
  acknowledge(packetId: number): void;
  /** Sends PINGREQ. */
  ping(): void;
  /** Sends DISCONNECT; the caller closes the connection afterwards. */
  disconnect(): void;
  /** Lets go of everything; the connection is gone or about to be. */
  stop(): void;
}
