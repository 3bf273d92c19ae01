/** The folder whose `node_modules` has the packages of `npm run interop:slow`. */
export const toolsFolder: string;

/** Installs the packages that are missing. */
export function installTools(): Promise<void>;
