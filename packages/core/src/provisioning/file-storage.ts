import { mustBe } from "../errors.ts";
import type { AssignmentStorage } from "./assignment-storage.ts";

/** A runtime's access to text files. Each operation rejects if it fails. */
export interface TextFiles {
  /** Resolves with `undefined` if there is no such file. */
  read(path: string): Promise<string | undefined>;
  write(path: string, text: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  /** Removes a file if it exists. */
  remove(path: string): Promise<void>;
}

/**
 * Creates a storage that keeps one assignment in a file of two lines: its key and its value. The file is replaced as a
 * whole, so it is never half written.
 *
 * @throws {ArgumentError} `invalid_argument` if the path isn't a string or is empty
 */
export function createFileStorage(path: string, files: TextFiles): AssignmentStorage {
  if (typeof path !== "string" || path === "") throw mustBe("path", path, "the path of a file");
  return {
    async get(key: string): Promise<string | undefined> {
      const text = await files.read(path);
      const [storedKey, value] = text?.split("\n") ?? [];
      // Another content is returned as it is, so that the client reports it.
      return storedKey === key ? value : text;
    },
    async set(key: string, value: string): Promise<void> {
      const draft = `${path}.${crypto.randomUUID()}`;
      try {
        await files.write(draft, `${key}\n${value}\n`);
        await files.rename(draft, path);
      } catch (error) {
        await files.remove(draft);
        throw error;
      }
    },
  };
}
