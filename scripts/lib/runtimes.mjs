// Runtimes beside the one that runs this: the oldest and the newest Node that are supported, and Bun. They come as packages.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, runOrExit } from "./run.mjs";

const folder = join(root, "node_modules/.cache/isohub-runtimes");
const { platform, arch } = process;
const node = `node-${platform === "win32" ? "win" : platform}-${arch}`;
const bun = `@oven/bun-${platform === "win32" ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}`;
const exe = platform === "win32" ? ".exe" : "";

/** Name → [package, version, its program]. */
const wanted = {
  "node-oldest": [node, "20.19.0", `bin/node${exe}`],
  "node-newest": [node, "26.10.0", `bin/node${exe}`],
  bun: [bun, "1.4.5", `bin/bun${exe}`],
};

/** Where the program of a runtime is. @param {"node-oldest" | "node-newest" | "bun"} name */
export function runtimePath(name) {
  return join(folder, "node_modules", name, wanted[name][2]);
}

/** @param {"node-oldest" | "node-newest" | "bun"} name */
export function runtimeVersion(name) {
  return wanted[name][1];
}

function isInstalled(name) {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === wanted[name][1];
}

/** Installs those that are missing. */
export async function installRuntimes() {
  const missing = Object.keys(wanted).filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const packages = Object.entries(wanted).map(([name, [from, version]]) => `${name}@npm:${from}@${version}`);
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  await runOrExit("Installing other runtimes", "npm", [...args, ...packages], { quiet: true });
}
