import type { MqttEngine } from "../mqtt/engine.ts";
import { createReceivers } from "../receiving/receivers.ts";
import type { Platform } from "../setup/platform.ts";
import type { MemoryRuntime } from "./memory-runtime.ts";

/** A platform without a network, like that of a runtime package. */
export function memoryPlatform(runtime: MemoryRuntime, engine: MqttEngine): Platform {
  // As in a page if a test is interested in it, and otherwise as on Node.
  const loadReceivers = (): ReturnType<Platform["loadReceivers"]> =>
    runtime.onLoad ? runtime.onLoad().then(() => createReceivers) : createReceivers;
  return { runtime, engine, loadReceivers };
}
