import { readFile } from "node:fs/promises";

let version: Promise<string> | undefined;

/** Returns the version of this package. */
export function ownVersion(): Promise<string> {
  version ??= readVersion();
  return version;
}

// package.json is next to src, build and dist; in the CommonJS build, this file may be one level deeper.
async function readVersion(): Promise<string> {
  for (const path of ["../package.json", "../../package.json"]) {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => undefined);
    // The folder of the CommonJS build has a manifest without a version.
    const manifest = JSON.parse(text ?? "{}") as { version?: string };
    if (manifest.version !== undefined) return manifest.version;
  }
  return "unknown";
}
