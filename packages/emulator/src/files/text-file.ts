import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { fileReason } from "./file-reason.ts";

/**
 * Reads a file that a setting names.
 *
 * @param maxBytes - a longer file is refused before it fills the memory: a device may have no end
 * @throws {TypeError} with the path and the reason
 */
export async function readTextFile(file: string, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
      chunks.push(chunk);
    }
  } catch (cause) {
    throw new TypeError(`${file} must be a readable file: ${fileReason(cause)}`, { cause });
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Writes a file that a setting names. @throws {TypeError} with the path and the reason */
export async function writeSettingFile(
  file: string,
  data: string | Uint8Array,
  options: { readonly mode?: number; readonly flag?: string } = {},
): Promise<void> {
  try {
    await writeFile(file, data, options);
  } catch (cause) {
    throw new TypeError(`${file} must be a writable file: ${fileReason(cause)}`, { cause });
  }
}
