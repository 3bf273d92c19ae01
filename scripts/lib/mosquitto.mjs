import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

const usual = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];

/** Where mosquitto is: `MOSQUITTO_PATH`, or one of the usual places; `undefined` when it is nowhere. */
export function findMosquitto() {
  return [process.env["MOSQUITTO_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Installs mosquitto where that can be done without asking; says what to do elsewhere. */
export async function installMosquitto() {
  if (findMosquitto() !== undefined) return;
  await installFromDebian(
    "mosquitto",
    "There is no mosquitto. Install it (Debian: apt-get install mosquitto), or set MOSQUITTO_PATH.",
  );
}
