import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

const usual = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Chromium's flags in tests: it must not use the network for its own purposes. */
export const chromiumFlags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/** Finds Chromium: `CHROMIUM_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findChromium() {
  return [process.env["CHROMIUM_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Installs Chromium as root on Debian; elsewhere, prints how to install it. */
export async function installChromium() {
  if (findChromium() !== undefined) return;
  await installFromDebian(
    ["chromium"],
    "Chromium isn't installed. Install it (Debian: apt-get install chromium) or set CHROMIUM_PATH.",
  );
}
