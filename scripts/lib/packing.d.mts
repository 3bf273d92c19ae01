/** Packs published packages. Returns the paths of the tarballs. */
export function pack(folder: string, names?: readonly string[]): Promise<string[]>;
/** The file name of a package's tarball. */
export function tarballName(manifest: { name: string; version: string }): string;
