import type { MqttEngine } from "../mqtt/engine.ts";
import type { CreateReceivers } from "../receiving/receivers.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** A runtime and an MQTT engine, which a runtime package binds the client classes to. */
export interface Platform {
  readonly runtime: Runtime;
  /** The MQTT implementation for clients without the option `engine`. */
  readonly engine: MqttEngine;
  /** The code for everything that a hub sends. A promise loads it, as in pages, where it is a separate file. */
  readonly loadReceivers: () => CreateReceivers | Promise<CreateReceivers>;
}
