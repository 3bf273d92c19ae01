import { existsSync } from "node:fs";
import { join } from "node:path";
import { Stamp } from "./bundling/stamp.mjs";
import { packages } from "./packages.mjs";
import { root, runOrExit } from "./run.mjs";

/** Files that decide what is installed. */
const manifests = [
  "package.json",
  "pnpm-lock.yaml",
  "pnpm-workspace.yaml",
  ...packages.map(({ folder }) => `${folder}/package.json`),
];

/** Installs the workspace's dependencies, exactly as the lockfile lists them, unless they are installed already. */
export async function install() {
  const stamp = new Stamp("install");
  if (existsSync(join(root, "node_modules/.modules.yaml")) && stamp.isUpToDate()) return;
  const pnpm = ["--yes", "pnpm@12"];
  await runOrExit("Installing", "npx", [...pnpm, "install", "--frozen-lockfile", "--reporter=silent"]);
  stamp.write(manifests);
}

/** Installs and builds what has changed. */
export async function prepare() {
  await install();
  // The build needs what has just been installed.
  const { build } = await import("./bundling/build.mjs");
  await build();
}
