import type { OutboxFile, OutboxFiles } from "../src/outbox/file-outbox-store.ts";

/** Files in memory that survive their store, like those of a process that was killed. They can fail, also halfway. */
export class MemoryFiles implements OutboxFiles {
  readonly contents = new Map<string, Uint8Array>();
  readonly #locked = new Set<string>();
  /** The number of bytes that fit on the disk. */
  space: number = Number.POSITIVE_INFINITY;
  /** Thrown by each operation of this name. */
  readonly failures: { [TName in keyof OutboxFile | keyof OutboxFiles]?: Error | undefined } = {};
  /** The files that were synced, in order, and the folders, with a slash at the end. */
  readonly synced: string[] = [];

  bytesOf(path: string): Uint8Array {
    return this.contents.get(path) ?? new Uint8Array();
  }

  /** Ends the process that uses the files. */
  crash(): void {
    this.#locked.clear();
  }

  async realPath(path: string): Promise<string> {
    return path;
  }

  async lock(path: string): Promise<(() => Promise<void>) | undefined> {
    this.#fail("lock");
    if (this.#locked.has(path)) return undefined;
    this.#locked.add(path);
    return async () => void this.#locked.delete(path);
  }

  async open(path: string): Promise<OutboxFile> {
    this.#fail("open");
    if (!this.contents.has(path)) this.contents.set(path, new Uint8Array());
    // A renamed file stays open under its new name.
    let name = path;
    if (path.endsWith(".compact")) this.#onRename = (to) => (name = to);
    return {
      read: async () => {
        this.#fail("read");
        return this.bytesOf(name).slice();
      },
      write: async (bytes, position) => {
        const before = this.bytesOf(name);
        const others = [...this.contents].reduce(
          (sum, [key, { length }]) => sum + (key === name ? 0 : length),
          0,
        );
        const fitting = Math.max(0, Math.min(bytes.length, this.space - others - position));
        const after = new Uint8Array(Math.max(before.length, position + fitting));
        after.set(before);
        after.set(bytes.subarray(0, fitting), position);
        this.contents.set(name, after);
        this.#fail("write");
        if (fitting < bytes.length) throw diskFull();
      },
      truncate: async (length) => {
        this.#fail("truncate");
        this.contents.set(name, this.bytesOf(name).slice(0, length));
      },
      sync: async () => {
        this.#fail("sync");
        this.synced.push(name);
      },
      close: async () => {},
    };
  }

  async rename(from: string, to: string): Promise<void> {
    this.#fail("rename");
    this.contents.set(to, this.bytesOf(from));
    this.contents.delete(from);
    this.#onRename(to);
  }

  async remove(path: string): Promise<void> {
    this.contents.delete(path);
  }

  async syncFolder(path: string): Promise<void> {
    this.synced.push(path.replace(/[^/]*$/, ""));
  }

  #onRename: (to: string) => void = () => {};

  #fail(operation: keyof OutboxFile | keyof OutboxFiles): void {
    const error = this.failures[operation];
    if (error !== undefined) throw error;
  }
}

function diskFull(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
}
