/** Chromium's flags in tests. */
export const chromiumFlags: string[];
/** Finds Chromium: `CHROMIUM_PATH` or a usual path. Returns `undefined` if it isn't installed. */
export function findChromium(): string | undefined;
/** Installs Chromium as root on Debian; elsewhere, prints how to install it. */
export function installChromium(): Promise<void>;
