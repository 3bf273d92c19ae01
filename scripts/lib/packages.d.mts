/** A path under which a package is imported. */
export interface Entry {
  name: string;
  specifier: string;
  /** Its first module, from the root. */
  source: string;
  built: string;
}

/** A package of the workspace. */
export interface Package {
  name: string;
  folder: string;
  manifest: { name: string; version: string };
  isPublished: boolean;
  hasCommonJs: boolean;
  imports: string[];
  entries: Entry[];
}

export const packages: Package[];
export function packageNamed(name: string): Package;
export const entries: Entry[];
