import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

const usual = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];

/** Finds mosquitto: `MOSQUITTO_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findMosquitto() {
  return [process.env["MOSQUITTO_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Installs mosquitto as root on Debian; elsewhere, prints how to install it. */
export async function installMosquitto() {
  if (findMosquitto() !== undefined) return;
  await installFromDebian(
    "mosquitto",
    "mosquitto isn't installed. Install it (Debian: apt-get install mosquitto) or set MOSQUITTO_PATH.",
  );
}
