/** Finds mosquitto: `MOSQUITTO_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findMosquitto(): string | undefined;
/** Installs mosquitto as root on Debian; elsewhere, prints how to install it. */
export function installMosquitto(): Promise<void>;
