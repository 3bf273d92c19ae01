import { ClientError, mustBe } from "../errors.ts";
import { inUse } from "./outbox-errors.ts";
import {
  type LogContents,
  type LogRange,
  logHeader,
  messageRecord,
  readLog,
  removalRecord,
} from "./outbox-log.ts";
import type { OutboxStore, StoredMessage, StoredMessages } from "./outbox-store.ts";

/** An open file. Each operation rejects if it fails. */
export interface OutboxFile {
  read(): Promise<Uint8Array>;
  /** Writes all bytes at a position. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  truncate(length: number): Promise<void>;
  /** Resolves once everything written is on the disk. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** A runtime's access to the files of an outbox. */
export interface OutboxFiles {
  /** Follows symbolic links, so that a file has one lock, and is the one that compaction replaces. The file may not exist. */
  realPath(path: string): Promise<string>;
  /** Acquires a lock that ends with the process. @returns a function that releases it, or `undefined` if another holds it */
  lock(path: string): Promise<(() => Promise<void>) | undefined>;
  /** Opens a file for reading and writing, and creates it if it doesn't exist. */
  open(path: string): Promise<OutboxFile>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
  /** Makes the names of the files in a file's folder durable, where the system supports it. */
  syncFolder(path: string): Promise<void>;
}

/** Options of a file store. */
export interface FileOutboxOptions {
  /**
   * `strict`, the default, accepts a message once the operating system has written it to the disk (fdatasync), so that it survives a
   * power cut as far as the disk keeps what it has confirmed. `relaxed` accepts it once the operating system has it: it survives a crash
   * of the program, `kill -9` included, but not of the machine; that is faster, and wears flash less.
   */
  durability?: "strict" | "relaxed" | undefined;
}

/** A log is compacted when this many bytes of it, and more than half of it, belong to removed messages. */
const longestWaste = 1024 * 1024;
/** An empty log is cut at this length. */
const longestEmpty = 64 * 1024;

/**
 * A store in a file: a log of messages and removals, each with a checksum. It is read as a whole when it is opened, and rewritten when
 * most of it belongs to removed messages. Other files: `<path>.compact` while it is rewritten, and a lock.
 */
export class FileOutboxStore implements OutboxStore {
  #path: string;
  readonly #files: OutboxFiles;
  readonly #isStrict: boolean;
  #file: OutboxFile | undefined;
  #release: (() => Promise<void>) | undefined;
  /** The place of each message in the log. */
  #ranges = new Map<number, LogRange>();
  #liveBytes = 0;
  #length = 0;
  /** Whether the file may have a part of a failed write after its end. */
  #hasRest = false;

  /** @throws {ArgumentError} `invalid_argument` */
  constructor(path: string, files: OutboxFiles, { durability = "strict" }: FileOutboxOptions = {}) {
    if (typeof path !== "string" || path === "") throw mustBe("path", path, "the path of a file");
    if (durability !== "strict" && durability !== "relaxed")
      throw mustBe("durability", durability, "'strict' or 'relaxed'");
    this.#path = path;
    this.#files = files;
    this.#isStrict = durability === "strict";
  }

  async open(): Promise<StoredMessages> {
    if (this.#file !== undefined) throw inUse(`The outbox ${this.#path}`);
    this.#path = await this.#files.realPath(this.#path);
    const release = await this.#files.lock(this.#path);
    if (release === undefined) throw inUse(`The outbox ${this.#path}`);
    this.#release = release;
    try {
      return await this.#read();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async append(messages: readonly StoredMessage[]): Promise<void> {
    const records = messages.map(messageRecord);
    let start = await this.#write(records, this.#isStrict);
    for (const [index, { key }] of messages.entries()) {
      const length = records[index]?.length ?? 0;
      this.#ranges.set(key, { start, length });
      this.#liveBytes += length;
      start += length;
    }
  }

  async remove(keys: readonly number[]): Promise<void> {
    // Even if this fails, what remains of the log is compacted without them.
    for (const key of keys) {
      this.#liveBytes -= this.#ranges.get(key)?.length ?? 0;
      this.#ranges.delete(key);
    }
    if (this.#ranges.size === 0 && this.#length > longestEmpty) return this.#truncate(logHeader.length);
    const waste = this.#length - this.#liveBytes;
    if (waste > longestWaste && waste > this.#liveBytes) return this.#compact();
    await this.#write([removalRecord(keys)], false);
  }

  async close(): Promise<void> {
    const [file, release] = [this.#file, this.#release];
    this.#file = undefined;
    this.#release = undefined;
    try {
      await file?.close();
    } finally {
      await release?.();
    }
  }

  async #read(): Promise<StoredMessages> {
    await this.#files.remove(this.#compactPath);
    this.#file = await this.#files.open(this.#path);
    const bytes = await this.#file.read();
    const contents = readLog(bytes);
    if (contents === undefined) {
      throw new ClientError("outbox_failed", `${this.#path} isn't the file of an outbox`, {
        remediation: "Pass the path of a file that only the outbox uses",
      });
    }
    this.#ranges = new Map(contents.ranges);
    this.#liveBytes = [...this.#ranges.values()].reduce((sum, { length }) => sum + length, 0);
    this.#length = bytes.length;
    this.#hasRest = false;
    if (bytes.length < logHeader.length) await this.#create();
    else if (contents.lostBytes > 0) await this.#compact(bytes);
    return { messages: contents.messages, damage: damageIn(contents, this.#path) };
  }

  async #create(): Promise<void> {
    this.#length = 0;
    await this.#write([logHeader], this.#isStrict);
    if (this.#isStrict) await this.#files.syncFolder(this.#path);
  }

  /** Appends to the file, or leaves it as it was. @returns the position of the first part */
  async #write(parts: readonly Uint8Array[], isStrict: boolean): Promise<number> {
    const file = this.#opened;
    if (this.#hasRest) await this.#truncate(this.#length);
    const start = this.#length;
    try {
      const bytes = join(parts);
      await file.write(bytes, start);
      if (isStrict) await file.sync();
      this.#length += bytes.length;
      return start;
    } catch (error) {
      this.#hasRest = true;
      await this.#truncate(start).catch(() => {});
      throw error;
    }
  }

  async #truncate(length: number): Promise<void> {
    await this.#opened.truncate(length);
    this.#length = length;
    this.#hasRest = false;
  }

  /** Rewrites the file without what isn't needed. The old one stays until the new one is complete. */
  async #compact(bytes?: Uint8Array): Promise<void> {
    const log = bytes ?? (await this.#opened.read());
    const live = [...this.#ranges].sort(([one], [other]) => one - other);
    const parts = live.map(([, { start, length }]) => log.subarray(start, start + length));
    const content = join([logHeader, ...parts]);
    try {
      const draft = await this.#files.open(this.#compactPath);
      try {
        await draft.write(content, 0);
        await draft.sync();
      } finally {
        await draft.close();
      }
      // Windows replaces no open file.
      await this.#opened.close();
      try {
        await this.#files.rename(this.#compactPath, this.#path);
      } finally {
        this.#file = await this.#files.open(this.#path);
      }
    } catch (error) {
      await this.#files.remove(this.#compactPath).catch(() => {});
      throw error;
    }
    if (this.#isStrict) await this.#files.syncFolder(this.#path);
    let start = logHeader.length;
    for (const [key, { length }] of live) {
      this.#ranges.set(key, { start, length });
      start += length;
    }
    this.#length = content.length;
    this.#hasRest = false;
  }

  get #compactPath(): string {
    return `${this.#path}.compact`;
  }

  get #opened(): OutboxFile {
    if (this.#file !== undefined) return this.#file;
    throw new ClientError("outbox_failed", `The outbox ${this.#path} isn't open`);
  }
}

function damageIn({ lostBytes, isTornTail }: LogContents, path: string): string | undefined {
  if (lostBytes === 0) return undefined;
  return isTornTail
    ? `${path} ended with ${lostBytes} bytes of a record that isn't complete, as after a crash during a write`
    : `${lostBytes} bytes of ${path} couldn't be read, and the messages in them are lost`;
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
