import {
  type FileOutboxOptions,
  FileOutboxStore,
  type OutboxFile,
  type OutboxFiles,
  type OutboxStore,
} from "@isohub/core/outbox";

const files: OutboxFiles = {
  realPath: (path) => Deno.realPath(path).catch(() => path),
  async lock(path) {
    const lockFile = `${path}.lock`;
    const file = await Deno.open(lockFile, { read: true, write: true, create: true });
    // The system releases the lock at the end of the process. The file stays: another process may be about to lock it.
    if (await file.tryLock(true)) return () => Promise.resolve(file.close());
    file.close();
    return undefined;
  },
  open: async (path) =>
    openedFile(await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 })),
  rename: (from, to) => Deno.rename(from, to),
  remove: (path) =>
    Deno.remove(path).catch((error: Error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }),
  async syncFolder(path) {
    const folder = await Deno.open(path.replace(/[^/\\]*$/, "") || ".").catch(() => undefined);
    await folder?.sync().catch(() => {});
    folder?.close();
  },
};

function openedFile(file: Deno.FsFile): OutboxFile {
  return {
    async read() {
      const { size } = await file.stat();
      const bytes = new Uint8Array(size);
      await file.seek(0, Deno.SeekMode.Start);
      let at = 0;
      while (at < size) {
        const count = await file.read(bytes.subarray(at));
        if (count === null) break;
        at += count;
      }
      return bytes.subarray(0, at);
    },
    async write(bytes, position) {
      await file.seek(position, Deno.SeekMode.Start);
      let at = 0;
      while (at < bytes.length) at += await file.write(bytes.subarray(at));
    },
    truncate: (length) => file.truncate(length),
    sync: () => file.syncData(),
    close: () => Promise.resolve(file.close()),
  };
}

/**
 * Creates a store for an outbox in a file, which survives restarts and crashes. Use a separate file for each device. A second client
 * with the same file, also in another process of the same runtime on this machine, is refused with `outbox_in_use`. Messages are stored
 * unencrypted, readable for the user of the process only. The program needs `--allow-read` and `--allow-write` for the file's folder.
 *
 * @param path - in an existing folder on a local disk
 * @throws {ArgumentError} `invalid_argument` if the path isn't a string or is empty
 * @example
 * const outbox = createOutbox({ store: fileOutboxStore("/var/lib/thermostat/outbox") });
 */
export function fileOutboxStore(path: string, options: FileOutboxOptions = {}): OutboxStore {
  return new FileOutboxStore(path, files, options);
}
