import type { Connection } from "../runtime/runtime.ts";

/**
 * An implementation of MQTT 3.1.1, as narrow as this project needs it: one session over one connection. It doesn't connect,
 * reconnect, sign tokens or know IoT Hub, and has no timers: keep-alive and time-outs are up to its caller.
 */
export interface MqttEngine {
  /** For the user agent and for messages. */
  readonly name: string;
  /** Loads what the engine needs. Called before the first `start`, so that importing an engine costs nothing. */
  prepare(): Promise<void>;
  /** Sends CONNECT over an open connection. */
  start(connection: PacketConnection, options: MqttConnectOptions, events: MqttSessionEvents): MqttSession;
}

/** The connection of a session, which its caller opens and closes. */
export type PacketConnection = Pick<Connection, "send">;

/** The fields of CONNECT. */
export interface MqttConnectOptions {
  readonly clientId: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly cleanSession: boolean;
  /** In seconds. 0 turns off the time-out of the hub. */
  readonly keepAliveSeconds: number;
}

/** The events of a session. */
export interface MqttSessionEvents {
  /** CONNACK with code 0. */
  onOpen(sessionPresent: boolean): void;
  /** CONNACK with another code; the session has ended. */
  onRefused(returnCode: number): void;
  /** A message from the hub, in the order of arrival. */
  onPublish(message: InboundPublish): void;
  /** PUBACK for a message that was sent at QoS 1. */
  onPuback(packetId: number): void;
  /** The peer broke the protocol. The session has ended, and the connection must be aborted. */
  onProtocolError(error: Error): void;
}

/** A message from the hub. QoS 1 stays unacknowledged until {@link MqttSession.acknowledge}. */
export interface InboundPublish {
  readonly topic: string;
  /** Valid during the event only. */
  readonly payload: Uint8Array;
  readonly qos: 0 | 1;
  readonly dup: boolean;
  /** Undefined at QoS 0. */
  readonly packetId: number | undefined;
}

/** A message to the hub. */
export interface OutboundPublish {
  readonly topic: string;
  /** A string is sent as UTF-8. */
  readonly payload: Uint8Array | string;
  readonly qos: 0 | 1;
  /** Default: false. */
  readonly dup?: boolean;
  /** Chosen by the caller from 1 to {@link highestPublishId}, unused among its messages in flight; ignored at QoS 0. */
  readonly packetId?: number;
}

/** Packet ids above this one belong to the engine, for SUBSCRIBE and UNSUBSCRIBE. */
export const highestPublishId = 0x7fff;

/** One subscription. */
export interface TopicFilter {
  readonly filter: string;
  readonly qos: 0 | 1;
}

/** An MQTT session over one connection. It has no events after `stop`. */
export interface MqttSession {
  /** Bytes from the connection, valid during the call only. */
  receive(bytes: Uint8Array): void;
  /** The connection accepts more bytes. */
  drained(): void;
  /** Sends a PUBLISH, as `encodePublish` encodes it; at QoS 1, {@link MqttSessionEvents.onPuback} follows. */
  publish(packet: Uint8Array): void;
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
  /** Releases everything. Called when the connection ends. */
  stop(): void;
}
