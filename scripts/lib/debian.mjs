import { run, runOrExit } from "./run.mjs";

/**
 * Installs packages as root on Debian; elsewhere, prints how to install them.
 *
 * @param {string[]} names - of the packages
 * @param {string} instructions - printed elsewhere
 */
export async function installFromDebian(names, instructions) {
  if (
    process.getuid?.() !== 0 ||
    (await run("apt-get", ["--version"], { quiet: true }).catch(() => 1)) !== 0
  ) {
    console.error(instructions);
    return;
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const text = names.join(" and ");
  await runOrExit(`Looking for ${text}`, "apt-get", ["update", "-qq"], { env });
  const install = ["install", "-y", "-qq", "--no-install-recommends", ...names];
  await runOrExit(`Installing ${text}`, "apt-get", install, { env, quiet: true });
}
