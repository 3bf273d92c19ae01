import type { TwinPatch } from "./client-events.ts";

/** The shape of a twin: give your own to a client to have its properties typed. */
export interface TwinShape {
  desired: object;
  reported: object;
}

/** A twin whose properties are not typed. */
export interface UntypedTwin {
  desired: TwinPatch;
  reported: TwinPatch;
}

/** The two sections of a twin as a device sees them; each has the hub's `$version` beside its properties. */
export interface Twin<T extends TwinShape = UntypedTwin> {
  desired: T["desired"] & { $version: number };
  reported: T["reported"] & { $version: number };
}

/** A patch of a document: any part of it, `null` for what is to go. */
export type PatchOf<D> = {
  [K in keyof D]?: D[K] extends readonly unknown[]
    ? D[K] | null
    : D[K] extends object
      ? PatchOf<D[K]> | null
      : D[K] | null;
};

/** A change of the desired properties, with the version that it leads to. */
export type DesiredPatchOf<T extends TwinShape> = PatchOf<T["desired"]> & { $version: number };
