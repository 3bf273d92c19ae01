import { must } from "./run.mjs";

const pnpm = ["--yes", "pnpm@12"];

/** Installs the dependencies of the workspace, exactly as the lockfile has them. Quick when nothing has changed. */
export async function install() {
  await must("Installing", "npx", [...pnpm, "install", "--frozen-lockfile", "--reporter=silent"]);
}

/** Compiles and bundles every package. */
export async function build() {
  await must("Compiling", "npx", ["tsc", "-b"]);
  await must("Bundling", "npx", ["rollup", "-c", "rollup.config.mjs", "--silent"]);
}
