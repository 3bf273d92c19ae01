import { run, runOrExit } from "./run.mjs";

/**
 * Installs a program as root on Debian; elsewhere, prints how to install it.
 *
 * @param {string} name - of the package
 * @param {string} instructions - printed elsewhere
 */
export async function installFromDebian(name, instructions) {
  if (
    process.getuid?.() !== 0 ||
    (await run("apt-get", ["--version"], { quiet: true }).catch(() => 1)) !== 0
  ) {
    console.error(instructions);
    return;
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runOrExit(`Looking for ${name}`, "apt-get", ["update", "-qq"], { env });
  const install = ["install", "-y", "-qq", "--no-install-recommends", name];
  await runOrExit(`Installing ${name}`, "apt-get", install, { env, quiet: true });
}
