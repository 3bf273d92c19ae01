import { ArgumentError, type AssignmentStorage } from "@isohub/core";

/**
 * Keeps which hub a device was assigned to in a file, for `createFromProvisioning`: one file for each device, with two
 * lines and no secrets. It is replaced as a whole, so that it is never half written.
 *
 * @param path - in a folder that exists
 * @throws {ArgumentError} `invalid_argument` for a path that is not one
 * @example
 * IoTHubDeviceClient.createFromProvisioning({ ...device, storage: fileStorage("/var/lib/thermostat/hub") });
 */
export function fileStorage(path: string): AssignmentStorage {
  if (typeof path !== "string" || path === "") {
    throw new ArgumentError(
      "invalid_argument",
      `The path must be that of a file, got ${path === "" ? "empty" : typeof path}`,
    );
  }
  return {
    async get(key) {
      const { readFile } = await import("node:fs/promises");
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT") return undefined;
        throw error;
      });
      const [name, value] = text?.split("\n") ?? [];
      // What is not ours goes up as it is, to be told of.
      return name === key ? value : text;
    },
    async set(key, value) {
      const { rename, rm, writeFile } = await import("node:fs/promises");
      const draft = `${path}.${crypto.randomUUID()}`;
      try {
        await writeFile(draft, `${key}\n${value}\n`, { flush: true });
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    },
  };
}
