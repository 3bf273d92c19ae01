import { existsSync } from "node:fs";
import { installFromDebian } from "./debian.mjs";

const usual = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];

/** Finds mosquitto: `MOSQUITTO_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findMosquitto() {
  return [process.env["MOSQUITTO_PATH"], ...usual].find((path) => path !== undefined && existsSync(path));
}

/** Finds mosquitto's clients, next to the usual paths. Returns `undefined` if they aren't installed. */
export function findMosquittoClients() {
  const folder = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"].find((each) =>
    existsSync(`${each}/mosquitto_pub`),
  );
  if (folder === undefined) return undefined;
  return { publish: `${folder}/mosquitto_pub`, subscribe: `${folder}/mosquitto_sub` };
}

/** Installs mosquitto and its clients as root on Debian; elsewhere, prints how to install them. */
export async function installMosquitto() {
  if (findMosquitto() !== undefined && findMosquittoClients() !== undefined) return;
  await installFromDebian(
    ["mosquitto", "mosquitto-clients"],
    "mosquitto isn't installed. Install it (Debian: apt-get install mosquitto mosquitto-clients) or set MOSQUITTO_PATH.",
  );
}
