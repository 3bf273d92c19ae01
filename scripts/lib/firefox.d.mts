/** Finds Firefox: `FIREFOX_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findFirefox(): string | undefined;
/** Installs Firefox as root on Debian; elsewhere, prints how to install it. */
export function installFirefox(): Promise<void>;
