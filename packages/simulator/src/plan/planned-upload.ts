import { defaults } from "../document/defaults.ts";
import type { UploadSpec } from "../document/device-type.ts";

/** A file that a device uploads. */
export interface PlannedUpload {
  readonly name: string;
  readonly content: Uint8Array;
}

/** Returns a file that a device uploads. @param number - of the file among those of the device, from 1 */
export function plannedUpload(
  { name = defaults.uploadName, bytes }: UploadSpec,
  number: number,
): PlannedUpload {
  return {
    name: name.replaceAll("{n}", String(number)),
    content: new Uint8Array(bytes).fill(number),
  };
}
