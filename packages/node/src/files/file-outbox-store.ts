import type { FileHandle } from "node:fs/promises";
import {
  type FileOutboxOptions,
  FileOutboxStore,
  type OutboxFile,
  type OutboxFiles,
  type OutboxStore,
} from "@isohub/core/outbox";
import { lockPath } from "./path-lock.ts";

const fs = (): Promise<typeof import("node:fs/promises")> => import("node:fs/promises");

const files: OutboxFiles = {
  realPath: async (path) => (await fs()).realpath(path).catch(() => path),
  lock: lockPath,
  async open(path) {
    const { constants, open } = await fs();
    return openedFile(await open(path, constants.O_RDWR | constants.O_CREAT, 0o600));
  },
  rename: async (from, to) => (await fs()).rename(from, to),
  remove: async (path) => (await fs()).rm(path, { force: true }),
  async syncFolder(path) {
    const { dirname } = await import("node:path");
    // Windows can't open folders, and makes their entries durable by itself.
    const folder = await (await fs()).open(dirname(path)).catch(() => undefined);
    await folder?.sync().catch(() => {});
    await folder?.close();
  },
};

function openedFile(handle: FileHandle): OutboxFile {
  return {
    async read() {
      const { size } = await handle.stat();
      const bytes = new Uint8Array(size);
      let at = 0;
      while (at < size) {
        const { bytesRead } = await handle.read(bytes, at, size - at, at);
        if (bytesRead === 0) break;
        at += bytesRead;
      }
      return bytes.subarray(0, at);
    },
    async write(bytes, position) {
      let at = 0;
      while (at < bytes.length) {
        const { bytesWritten } = await handle.write(bytes, at, bytes.length - at, position + at);
        at += bytesWritten;
      }
    },
    truncate: (length) => handle.truncate(length),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  };
}

/**
 * Creates a store for an outbox in a file, which survives restarts and crashes. Use a separate file for each device. A second client
 * with the same file, also in another process of the same runtime on this machine, is refused with `outbox_in_use`. Messages are stored
 * unencrypted, readable for the user of the process only.
 *
 * @param path - in an existing folder on a local disk
 * @throws {ArgumentError} `invalid_argument` if the path isn't a string or is empty
 * @example
 * const outbox = createOutbox({ store: fileOutboxStore("/var/lib/thermostat/outbox") });
 */
export function fileOutboxStore(path: string, options: FileOutboxOptions = {}): OutboxStore {
  return new FileOutboxStore(path, files, options);
}
