import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root, runOrExit } from "./run.mjs";

const { platform, arch } = process;
const isWindows = platform === "win32";
const exe = isWindows ? ".exe" : "";
const node = { package: `node-${isWindows ? "win" : platform}-${arch}`, program: `bin/node${exe}` };
const bun = {
  package: `@oven/bun-${isWindows ? "windows" : platform}-${arch === "arm64" ? "aarch64" : arch}`,
  program: `bin/bun${exe}`,
};

/** Programs that run the tests in addition to this Node: the oldest and the newest supported Node, and Bun. They are npm packages. */
export const hosts = {
  "node-oldest": { ...node, title: "the oldest Node", version: "20.19.0", args: [] },
  "node-newest": { ...node, title: "the newest Node", version: "26.10.0", args: [] },
  bun: { ...bun, title: "Bun", version: "1.4.5", args: ["--bun"] },
};

/** @typedef {keyof typeof hosts} HostName */

const folder = join(root, "node_modules/.cache/isohub-runtimes");

/** Returns the path of a host's program. @param {HostName} name */
export function hostPath(name) {
  return join(folder, "node_modules", name, hosts[name].program);
}

function isInstalled(name) {
  const manifest = join(folder, "node_modules", name, "package.json");
  return existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).version === hosts[name].version;
}

/** Installs the hosts that are missing. */
export async function installHosts() {
  if (Object.keys(hosts).every(isInstalled)) return;
  const packages = Object.entries(hosts).map(([name, host]) => `${name}@npm:${host.package}@${host.version}`);
  const args = ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder];
  await runOrExit("Installing other runtimes", "npm", [...args, ...packages], { quiet: true });
}
