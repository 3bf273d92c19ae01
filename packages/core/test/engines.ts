import { Duplex } from "node:stream";
import { MqttClient } from "mqtt";
import { inject } from "vitest";
import type { MqttEngine } from "../src/mqtt/engine.ts";
import { leanEngine } from "../src/mqtt/lean/lean-engine.ts";
import { createMqttJsEngine } from "../src/mqtt/mqttjs-engine.ts";
import type { MqttJsModules } from "../src/mqtt/mqttjs-types.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The engine that the tests of clients run with; `vitest.config.ts` runs them once with each. */
    engine: "lean" | "mqttjs";
  }
}

/** The MQTT.js engine, as in the Node package. */
export const mqttJsEngine: MqttEngine = createMqttJsEngine(
  async () => ({ MqttClient, Duplex }) as unknown as MqttJsModules,
);

/** All engines. */
export const engines: readonly MqttEngine[] = [leanEngine, mqttJsEngine];

/** The engine of this run. */
export function engineOfThisRun(): MqttEngine {
  return inject("engine") === "mqttjs" ? mqttJsEngine : leanEngine;
}
