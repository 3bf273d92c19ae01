import type { MqttEngine } from "../mqtt/engine.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** A runtime and an MQTT engine, which a runtime package binds the client classes to. */
export interface Platform {
  readonly runtime: Runtime;
  /** The MQTT implementation for clients without the option `engine`. */
  readonly engine: MqttEngine;
}
