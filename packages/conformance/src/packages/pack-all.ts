import type { TestProject } from "vitest/node";
import { Packed } from "./packed.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** The folder with the tarballs of all packages, and a project that has installed them. */
    packed: string;
  }
}

/** Packs all packages once for all files, and installs them. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const packed = await Packed.create();
  project.provide("packed", packed.folder);
  return () => packed.remove();
}
