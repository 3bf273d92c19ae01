/** Where mosquitto is: `MOSQUITTO_PATH`, or one of the usual places; `undefined` when it is nowhere. */
export function findMosquitto(): string | undefined;
/** Installs mosquitto where that can be done without asking; says what to do elsewhere. */
export function installMosquitto(): Promise<void>;
