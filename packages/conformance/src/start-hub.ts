import type { TestProject } from "vitest/node";
import { hubOptions, startSuitesHub } from "../../../scripts/lib/suites-hub.mjs";
import type {} from "./provided-hub.ts";

/** Provides one hub for all files: the one that `npm test` has started for all runtimes, or a new one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { ISOHUB_TEST_HUB, MATRIX_CELLS, MATRIX_SEED } = process.env;
  project.provide("faultCells", {
    count: MATRIX_CELLS === "all" ? "all" : Number(MATRIX_CELLS ?? 12),
    seed: Number(MATRIX_SEED ?? Math.floor(Math.random() * 0x8000_0000)),
  });
  if (ISOHUB_TEST_HUB !== undefined) {
    project.provide("hub", JSON.parse(ISOHUB_TEST_HUB));
    return async () => {};
  }
  // The emulator runs only on Node.
  if ("Deno" in globalThis || "Bun" in globalThis) {
    const { hub, stop } = await startSuitesHub();
    project.provide("hub", hub);
    return stop;
  }
  const { startEmulator } = await import("@isohub/emulator");
  const emulator = await startEmulator(hubOptions);
  const { ca, hostName, endpoints } = emulator;
  project.provide("hub", {
    ca,
    controlUrl: endpoints.controlUrl,
    plainHost: `${hostName}:${endpoints.plainPort}`,
  });
  return () => emulator.close();
}
