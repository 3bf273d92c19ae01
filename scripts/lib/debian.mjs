import { run, runOrExit } from "./run.mjs";

/**
 * Installs a program where that can be done without asking: as root on Debian. Elsewhere it says what to do.
 *
 * @param {string} name of the package
 * @param {string} elsewhere what to do where it cannot be done
 */
export async function installFromDebian(name, elsewhere) {
  if (
    process.getuid?.() !== 0 ||
    (await run("apt-get", ["--version"], { quiet: true }).catch(() => 1)) !== 0
  ) {
    console.error(elsewhere);
    return;
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await runOrExit(`Looking for ${name}`, "apt-get", ["update", "-qq"], { env });
  const install = ["install", "-y", "-qq", "--no-install-recommends", name];
  await runOrExit(`Installing ${name}`, "apt-get", install, { env, quiet: true });
}
