import type { Timer } from "@isohub/core/internal";
import { type Identity, identityKey } from "./identity.ts";
import type { FilterKind } from "./topics.ts";

/** How a device reaches the hub. */
export type Transport = "tls" | "tcp" | "wss" | "ws";

/** Why a connection ended. */
export type DisconnectReason =
  /** The client sent DISCONNECT. */
  | "clientDisconnect"
  /** The socket went away. */
  | "connectionLost"
  | "keepAliveTimeout"
  /** A newer connection of the same identity took its place. */
  | "takenOver"
  | "tokenExpired"
  | "deviceDisabled"
  | "deviceDeleted"
  /** `Emulator.kick`. */
  | "kicked"
  /** The client broke a rule of MQTT or of the hub; the detail says which. */
  | "protocolError"
  /** `Emulator.faults`. */
  | "fault"
  | "hubStopped";

/** How a publish leaves. */
export interface SendOptions {
  readonly qos?: 0 | 1;
  /** Packet id, for QoS 1. */
  readonly messageId?: number;
  readonly dup?: boolean;
}

/** A connection as the hub sees it; a listener brings it. */
export interface DeviceConnection {
  readonly transport: Transport;
  readonly remoteAddress: string;
  send(topic: string, payload: Uint8Array, options?: SendOptions): void;
  /** Closes the connection at once; `detail` is for people. */
  end(reason: DisconnectReason, detail?: string): void;
}

/** What the hub keeps of a last will. */
export interface Will {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  readonly retain: boolean;
}

/** What the CONNECT packet said. */
export interface ConnectFields {
  readonly clientId: string;
  readonly clean: boolean;
  /** In seconds, as it is enforced. */
  readonly keepAlive: number;
  readonly will?: Will;
}

/** What else is known of whoever connected. */
export interface ClientInfo {
  /** `DeviceClientType` of the user name. */
  readonly userAgent?: string | undefined;
  /** `model-id` of the user name. */
  readonly modelId?: string | undefined;
  /** Whose credential it was: the identity's own or a policy of the hub. */
  readonly authScope: "device" | "module" | "hub";
  readonly authType: "sas" | "x509";
}

/** One connection of one identity, from its CONNECT to its end. */
export class Session {
  readonly identity: Identity;
  readonly key: string;
  readonly connectFields: ConnectFields;
  readonly connection: DeviceConnection;
  /** Milliseconds since 1970. */
  readonly connectedAt: number;
  readonly clientInfo: ClientInfo;
  /** What the identity receives, with the granted QoS. */
  readonly subscriptions: Map<FilterKind, 0 | 1> = new Map();
  /** After its CONNACK has gone out. */
  live = false;
  sessionPresent = false;
  ended = false;
  /** When the credential ends, in milliseconds since 1970. */
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
    this.connectFields = connectFields;
    this.connection = connection;
    this.connectedAt = connectedAt;
    this.clientInfo = clientInfo;
  }

  /** Sends at QoS 0, when the identity listens to that kind of message. */
  sendTo(kind: FilterKind, topic: string, payload: Uint8Array): boolean {
    if (!this.live || this.ended || !this.subscriptions.has(kind)) return false;
    this.connection.send(topic, payload);
    return true;
  }
}
