import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

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
  await installFromDebian(
    "chromium",
    "There is no Chromium. Install it (Debian: apt-get install chromium), or set CHROMIUM_PATH.",
  );
}
