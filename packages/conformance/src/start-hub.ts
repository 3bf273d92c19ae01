import { startEmulator } from "@isohub/emulator";
import type { TestProject } from "vitest/node";
import type {} from "./provided-hub.ts";

/** One hub for all files, of whatever runtime. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const emulator = await startEmulator();
  project.provide("hub", { ca: emulator.ca, controlUrl: emulator.endpoints.controlUrl });
  return () => emulator.close();
}
