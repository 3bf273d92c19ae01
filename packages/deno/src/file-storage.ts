import type { AssignmentStorage } from "@isohub/core";
import { createFileStorage, type TextFiles } from "@isohub/core/runtime";

const files: TextFiles = {
  read: (path) =>
    Deno.readTextFile(path).catch((error: Error) => {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }),
  write: (path, text) => Deno.writeTextFile(path, text),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) => Deno.remove(path).catch(() => {}),
};

/**
 * Stores the hub that `createFromProvisioning` was assigned to in a file. Use a separate file for each device. It has two
 * lines and contains no secrets. The program needs `--allow-read` and `--allow-write` for its folder; without them the
 * device registers at each start and reports `storage_failed` to `onBackgroundException`.
 *
 * @param path - in an existing folder
 * @throws {ArgumentError} `invalid_argument` if the path isn't a string or is empty
 * @example
 * IoTHubDeviceClient.createFromProvisioning({ ...device, storage: fileStorage("/var/lib/thermostat/hub") });
 */
export function fileStorage(path: string): AssignmentStorage {
  return createFileStorage(path, files);
}
