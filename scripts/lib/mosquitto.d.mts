/** Finds mosquitto: `MOSQUITTO_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findMosquitto(): string | undefined;
/** Finds mosquitto's clients. Returns `undefined` if they aren't installed. */
export function findMosquittoClients(): { readonly publish: string; readonly subscribe: string } | undefined;
/** Installs mosquitto and its clients as root on Debian; elsewhere, prints how to install them. */
export function installMosquitto(): Promise<void>;
