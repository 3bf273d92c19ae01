import type { IsoHubError } from "../../errors.ts";
import type { InboundPublish, MqttEngine } from "../../mqtt/engine.ts";
import type { Endpoint, Runtime } from "../../runtime/runtime.ts";
import type { Credential } from "../attempt/credential.ts";
import type { ConnectFields } from "../dialect.ts";

/** The options of all links of a client. */
export interface LinkConfig {
  readonly runtime: Runtime;
  readonly engine: MqttEngine;
  readonly options: LinkOptions;
}

/** The options of a client that apply to links. */
export interface LinkOptions {
  /** In seconds. */
  readonly keepAlive: number;
  readonly pingTimeoutMs: number;
  readonly acknowledgementTimeoutMs: number;
  readonly overtakenTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** The server of a link, and how the client identifies itself there. */
export interface LinkTarget extends ConnectFields {
  readonly endpoint: Endpoint;
  readonly credential: Credential;
  /** The time limit of each step of connecting, in milliseconds. Default: none but that for all of them. */
  readonly stepTimeoutMs?: number;
}

/** The messages in flight over a link. */
export interface LinkTraffic {
  /** The server has acknowledged a message. */
  acknowledged(packetId: number): void;
  /** The connection accepts more messages. */
  pump(): void;
  /** The time when the oldest message in flight was sent, or when it became the oldest, if that was later. */
  readonly unackedSince: number | undefined;
  /** The size of that message. */
  readonly unackedBytes: number;
  /** Since when the server has acknowledged later messages, but not that one. */
  readonly overtakenSince: number | undefined;
}

/** The events of a link. `onFailed` and `onLost` are the last ones. */
export interface LinkEvents {
  /** Loads code that the client needs as soon as it is connected. @returns `undefined` if there is nothing to load */
  prepare?(): Promise<void> | undefined;
  /**
   * The server has accepted the client.
   *
   * @param tokenExpiry - in seconds since 1970; undefined without a token
   */
  onOpen(sessionPresent: boolean, tokenExpiry: number | undefined): void;
  onFailed(error: IsoHubError): void;
  onLost(error: IsoHubError, closedByPeer: boolean): void;
  /** @param acknowledge - undefined at QoS 0 */
  onPublish(message: InboundPublish, acknowledge: (() => void) | undefined): void;
}
