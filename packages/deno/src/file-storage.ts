import { ArgumentError, type AssignmentStorage } from "@isohub/core";

/**
 * Keeps which hub a device was assigned to in a file, for `createFromProvisioning`: one file for each device, with two
 * lines and no secrets. It is replaced as a whole, so that it is never half written. The program needs `--allow-read` and
 * `--allow-write` for its folder; without them the device registers at each start, which `onBackgroundException` says.
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
    async get(key: string): Promise<string | undefined> {
      const text = await Deno.readTextFile(path).catch((error: Error) => {
        if (error instanceof Deno.errors.NotFound) return undefined;
        throw error;
      });
      const [name, value] = text?.split("\n") ?? [];
      // What is not ours goes up as it is, to be told of.
      return name === key ? value : text;
    },
    async set(key: string, value: string): Promise<void> {
      const draft = `${path}.${crypto.randomUUID()}`;
      try {
        await Deno.writeTextFile(draft, `${key}\n${value}\n`);
        await Deno.rename(draft, path);
      } catch (error) {
        await Deno.remove(draft).catch(() => {});
        throw error;
      }
    },
  };
}
