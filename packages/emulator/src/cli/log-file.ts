import { createWriteStream, openSync, type WriteStream } from "node:fs";
import { fileReason } from "../files/file-reason.ts";
import type { LineSink } from "./output.ts";

/** A file that lines are appended to. */
export class LogFile implements LineSink {
  readonly #path: string;
  readonly #onError: (error: Error) => void;
  #stream: WriteStream;

  /**
   * Opens the file, and creates it if it doesn't exist.
   *
   * @param onError - receives an error of a later write; what isn't written is lost
   * @throws {TypeError} if the file can't be opened
   */
  constructor(path: string, onError: (error: Error) => void) {
    this.#path = path;
    this.#onError = onError;
    this.#stream = this.#open();
  }

  get waitingBytes(): number {
    return this.#stream.writableLength;
  }

  write(text: string): void {
    this.#stream.write(text);
  }

  /** Opens the file again, after it was moved. */
  reopen(): void {
    try {
      const next = this.#open();
      this.#stream.end();
      this.#stream = next;
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  /** Writes what waits, and closes the file. */
  close(): Promise<void> {
    return new Promise((resolve) => this.#stream.end(() => resolve()));
  }

  #open(): WriteStream {
    const stream = createWriteStream(this.#path, { fd: this.#openFile() });
    return stream.on("error", (error) => this.#onError(this.#unwritable(error)));
  }

  #openFile(): number {
    try {
      return openSync(this.#path, "a");
    } catch (error) {
      throw this.#unwritable(error);
    }
  }

  #unwritable(cause: unknown): TypeError {
    return new TypeError(`${this.#path} must be a writable file: ${fileReason(cause)}`, { cause });
  }
}
