import { chromium } from "playwright";
import type { TestProject } from "vitest/node";
import { chromiumFlags, findChromium } from "../../../../scripts/lib/chromium.mjs";

declare module "vitest" {
  interface ProvidedContext {
    /** The address of the Chromium that all files of a project share. */
    chromium: string | undefined;
  }
}

/** The flags of Chromium in tests. It resolves page.example to this machine: an insecure origin, which isn't localhost. */
export const testFlags: readonly string[] = [
  ...chromiumFlags,
  "--host-resolver-rules=MAP page.example 127.0.0.1",
];

/** Starts one Chromium for all files of a project: starting one takes longer than most of their tests. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await chromium.launchServer({
    executablePath: findChromium() ?? "chromium",
    args: [...testFlags],
  });
  project.provide("chromium", server.wsEndpoint());
  return () => server.close();
}
