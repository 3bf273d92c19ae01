import { afterEach } from "vitest";
import type { ClientOptions } from "../src/setup/client-options.ts";
import { MemoryDevice } from "../src/testing/memory-device.ts";
import type { MemoryRuntime } from "../src/testing/memory-runtime.ts";
import { engineOfThisRun } from "./engines.ts";

/**
 * Returns a function that creates devices with the engine of this run, optionally on the runtime of another device. After each
 * test they are shut down, and must leave nothing behind.
 */
export function memoryDevices(): (options?: ClientOptions, runtime?: MemoryRuntime) => MemoryDevice {
  const devices: MemoryDevice[] = [];
  afterEach(async () => {
    const created = devices.splice(0);
    for (const { client } of created) await client.shutdown();
    for (const device of created) await device.end();
  });
  return (options, runtime) => {
    const device = new MemoryDevice(engineOfThisRun(), options, runtime);
    devices.push(device);
    return device;
  };
}
