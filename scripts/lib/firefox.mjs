import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

const usual = ["/usr/bin/firefox-esr", "/usr/bin/firefox"];

/** Finds Firefox: `FIREFOX_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findFirefox() {
  return [process.env["FIREFOX_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Installs Firefox as root on Debian; elsewhere, prints how to install it. */
export async function installFirefox() {
  if (findFirefox() !== undefined) return;
  await installFromDebian(
    ["firefox-esr"],
    "Firefox isn't installed. Install it (Debian: apt-get install firefox-esr) or set FIREFOX_PATH.",
  );
}
