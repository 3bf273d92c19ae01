import type { MqttEngine } from "../mqtt/engine.ts";
import type { Runtime } from "../runtime/runtime.ts";

/** What a runtime package binds the clients of core to. */
export interface Platform {
  readonly runtime: Runtime;
  /** The MQTT implementation that clients use unless told otherwise. */
  readonly engine: MqttEngine;
}
