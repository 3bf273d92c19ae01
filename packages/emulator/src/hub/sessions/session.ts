import type { Timer } from "@isohub/core/internal";
import { type Identity, identityKey } from "../identities/identity.ts";
import { Subscriptions } from "./subscriptions.ts";
import type { FilterKind } from "./topics.ts";

/** The transport of a device's connection. */
export type Transport = "tls" | "tcp" | "wss" | "ws";

/** The reason why a connection ended. */
export type DisconnectReason =
  /** The client sent DISCONNECT. */
  | "clientDisconnect"
  /** The socket closed. */
  | "connectionLost"
  | "keepAliveTimeout"
  /** The client didn't read what the hub has sent. */
  | "slowReader"
  /** A newer connection of the same identity replaced it. */
  | "takenOver"
  | "tokenExpired"
  | "deviceDisabled"
  | "deviceDeleted"
  /** `Emulator.kick`. */
  | "kicked"
  /** The client broke a rule of MQTT or of the hub; the event's `detail` names it. */
  | "protocolError"
  /** `Emulator.faults`. */
  | "fault"
  | "hubStopped";

/** The flags of an outgoing PUBLISH. */
export interface SendOptions {
  readonly qos?: 0 | 1;
  /** Packet id, for QoS 1. */
  readonly messageId?: number;
  readonly dup?: boolean;
}

/** The connection of a device, as the hub uses it. A listener implements it. */
export interface DeviceConnection {
  readonly transport: Transport;
  readonly remoteAddress: string;
  send(topic: string, payload: Uint8Array, options?: SendOptions): void;
  /** Closes the connection at once; `detail` is for people. */
  end(reason: DisconnectReason, detail?: string): void;
}

/** The last will of a connection. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** The fields of a CONNECT packet, except for the credentials. */
export interface ConnectFields {
  readonly clientId: string;
  readonly clean: boolean;
  /** In seconds, as it is enforced. */
  readonly keepAlive: number;
  readonly will?: Will;
}

/** The client of a connection: its user name's parameters and its credential. */
export interface ClientInfo {
  /** `DeviceClientType` of the user name. */
  readonly userAgent?: string | undefined;
  /** `model-id` of the user name. */
  readonly modelId?: string | undefined;
  /** The owner of the credential: the identity itself, or the hub if it is a policy's. */
  readonly authScope: "device" | "module" | "hub";
  readonly authType: "sas" | "x509";
}

/** One connection of one identity, from its CONNECT to its end. */
export class Session {
  readonly identity: Identity;
  readonly key: string;
  readonly connectFields: ConnectFields;
  readonly connection: DeviceConnection;
  /** In milliseconds since 1970. */
  readonly connectedAt: number;
  readonly clientInfo: ClientInfo;
  readonly subscriptions: Subscriptions;
  /** True once the CONNACK has been sent. */
  live = false;
  sessionPresent = false;
  ended = false;
  /** The end of the credential, in milliseconds since 1970. */
  expiresAt: number | undefined;
  expiryTimer: Timer | undefined;

  constructor(
    identity: Identity,
    connectFields: ConnectFields,
    connection: DeviceConnection,
    connectedAt: number,
    clientInfo: ClientInfo,
  ) {
    this.identity = identity;
    this.key = identityKey(identity);
    this.subscriptions = new Subscriptions(identity);
    this.connectFields = connectFields;
    this.connection = connection;
    this.connectedAt = connectedAt;
    this.clientInfo = clientInfo;
  }

  /** Sends at QoS 0, if the identity has subscribed to the message. Returns whether it has. */
  sendTo(kind: FilterKind, topic: string, payload: Uint8Array): boolean {
    if (!this.live || this.ended || !this.subscriptions.matches(kind, topic)) return false;
    this.connection.send(topic, payload);
    return true;
  }
}
