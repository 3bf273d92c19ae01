import type { TestProject } from "vitest/node";
import type {} from "./provided-hub.ts";

const options = { provisioningRetryAfterSeconds: 0 };

/** One hub for all files, of whatever runtime. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The hub is made for Node.
  if ("Deno" in globalThis || "Bun" in globalThis) {
    const { startHubProcess } = await import("./hub-process.ts");
    const { hub, stop } = await startHubProcess(options);
    project.provide("hub", hub);
    return stop;
  }
  const { startEmulator } = await import("@isohub/emulator");
  const emulator = await startEmulator(options);
  const { ca, hostName, endpoints } = emulator;
  project.provide("hub", {
    ca,
    controlUrl: endpoints.controlUrl,
    plainHost: `${hostName}:${endpoints.plainPort}`,
  });
  return () => emulator.close();
}
