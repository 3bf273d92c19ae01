import { existsSync } from "node:fs";
import { must, run } from "./run.mjs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** How the tests start it: nothing of Chromium's own goes out to the network. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Where Chromium is: `CHROMIUM_PATH`, or one of the usual places; `undefined` when it is nowhere. */
export function findChromium() {
  return [process.env["CHROMIUM_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Installs Chromium where that can be done without asking; says what to do elsewhere. */
export async function installChromium() {
  if (findChromium() !== undefined) return;
  if (
    process.getuid?.() !== 0 ||
    (await run("apt-get", ["--version"], { quiet: true }).catch(() => 1)) !== 0
  ) {
    console.error(
      "There is no Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.",
    );
    return;
  }
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  await must("Looking for Chromium", "apt-get", ["update", "-qq"], { env });
  const install = ["install", "-y", "-qq", "--no-install-recommends", "chromium"];
  await must("Installing Chromium", "apt-get", install, { env, quiet: true });
}
