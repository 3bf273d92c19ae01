import type { AssignmentStorage } from "@isohub/core";
import { createFileStorage, type TextFiles } from "@isohub/core/runtime";

const fs = (): Promise<typeof import("node:fs/promises")> => import("node:fs/promises");

const files: TextFiles = {
  async read(path) {
    const { readFile } = await fs();
    return readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
  },
  write: async (path, text) => (await fs()).writeFile(path, text, { flush: true }),
  rename: async (from, to) => (await fs()).rename(from, to),
  remove: async (path) => (await fs()).rm(path, { force: true }),
};

/**
 * Stores the hub that `createFromProvisioning` was assigned to in a file. Use a separate file for each device. It has two
 * lines and contains no secrets.
 *
 * @param path - in an existing folder
 * @throws {ArgumentError} `invalid_argument` if the path isn't a string or is empty
 * @example
 * IoTHubDeviceClient.createFromProvisioning({ ...device, storage: fileStorage("/var/lib/thermostat/hub") });
 */
export function fileStorage(path: string): AssignmentStorage {
  return createFileStorage(path, files);
}
