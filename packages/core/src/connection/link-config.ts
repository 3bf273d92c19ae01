import type { MqttEngine } from "../mqtt/engine.ts";
import type { Endpoint, Runtime } from "../runtime/runtime.ts";
import type { Credential } from "./credential.ts";
import type { ConnectFields } from "./dialect.ts";

/** What every link of a client has in common. */
export interface LinkConfig {
  readonly runtime: Runtime;
  readonly engine: MqttEngine;
  readonly options: LinkOptions;
}

/** The options of a client that a link goes by. */
export interface LinkOptions {
  /** In seconds. */
  readonly keepAlive: number;
  readonly pingTimeoutMs: number;
  readonly connectTimeoutMs: number;
}

/** Where a link goes, as whom, and with what. */
export interface LinkTarget extends ConnectFields {
  readonly endpoint: Endpoint;
  readonly credential: Credential;
}

/** Who sends messages over a link. */
export interface LinkTraffic {
  /** PUBACK for a message. */
  acknowledged(packetId: number): void;
  /** There is room again. */
  pump(): void;
  /** Since when the oldest message in flight waits. */
  readonly unackedSince: number | undefined;
}
