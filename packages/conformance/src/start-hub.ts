import { startEmulator } from "@isohub/emulator";
import type { TestProject } from "vitest/node";
import type {} from "./provided-hub.ts";

/** One hub for all files, of whatever runtime. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulator = await startEmulator({ provisioningRetryAfterSeconds: 0 });
  const { ca, hostName, endpoints } = emulator;
  project.provide("hub", {
    ca,
    controlUrl: endpoints.controlUrl,
    plainHost: `${hostName}:${endpoints.plainPort}`,
  });
  return () => emulator.close();
}
