import type { TwinPatch } from "./client-events.ts";

/** The shape of a twin: pass your own as a type argument of a client to type its properties. */
export interface TwinShape {
  /** The properties that a service sets. */
  desired: object;
  /** The properties that the device sets. */
  reported: object;
}

/** A twin without typed properties. */
export interface UntypedTwin {
  desired: TwinPatch;
  reported: TwinPatch;
}

/** The twin as its device sees it. Each section has the hub's `$version` next to its properties. */
export interface Twin<T extends TwinShape = UntypedTwin> {
  desired: T["desired"] & { $version: number };
  reported: T["reported"] & { $version: number };
}

/** A patch of a document: any part of it, with `null` for properties to remove. */
export type PatchOf<D> = {
  [K in keyof D]?: D[K] extends readonly unknown[]
    ? D[K] | null
    : D[K] extends object
      ? PatchOf<D[K]> | null
      : D[K] | null;
};

/** A change of the desired properties, and the version that it results in. */
export type DesiredPatchOf<T extends TwinShape> = PatchOf<T["desired"]> & { $version: number };
