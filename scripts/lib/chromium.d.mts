/** How the tests start Chromium. */
export const chromiumFlags: string[];
/** Where Chromium is: `CHROMIUM_PATH`, or one of the usual places; `undefined` when it is nowhere. */
export function findChromium(): string | undefined;
/** Installs Chromium where that can be done without asking; says what to do elsewhere. */
export function installChromium(): Promise<void>;
