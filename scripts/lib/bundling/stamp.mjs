import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../run.mjs";

/** @param {string | Uint8Array} content */
export const hashOf = (content) => createHash("sha1").update(content).digest("base64");

/** @param {string[]} files - from the root @returns {Record<string, string>} file → hash, or "" when it is missing */
export function hashFiles(files) {
  const hash = (file) => (existsSync(join(root, file)) ? hashOf(readFileSync(join(root, file))) : "");
  return Object.fromEntries([...files].sort().map((file) => [file, hash(file)]));
}

/**
 * The files that a step has read and written, with their content's hashes. The step is up to date while all of them are as they
 * were.
 */
export class Stamp {
  #file;

  /** @param {string} name - of the step */
  constructor(name) {
    this.#file = join(root, "node_modules/.cache/isohub", `${name.replaceAll(/[^\w.-]/g, "-")}.json`);
  }

  /** The files read last time. @returns {string[]} */
  get inputs() {
    return Object.keys(this.#read()?.inputs ?? {});
  }

  /** The files written last time. @returns {string[]} */
  get outputs() {
    return Object.keys(this.#read()?.outputs ?? {});
  }

  /** Files written the time before last, and not since. @returns {string[]} */
  get leftovers() {
    return this.#read()?.leftovers ?? [];
  }

  isUpToDate() {
    const stamp = this.#read();
    return stamp !== undefined && isUnchanged(stamp.inputs) && isUnchanged(stamp.outputs);
  }

  /**
   * @param {string[]} inputs - from the root
   * @param {string[]} [outputs] - from the root
   * @param {string[]} [leftovers] - from the root
   */
  write(inputs, outputs = [], leftovers = []) {
    mkdirSync(dirname(this.#file), { recursive: true });
    const stamp = { inputs: hashFiles(inputs), outputs: hashFiles(outputs), leftovers };
    writeFileSync(this.#file, JSON.stringify(stamp, null, 1));
  }

  #read() {
    try {
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch {
      return undefined;
    }
  }
}

/** @param {Record<string, string>} hashes */
function isUnchanged(hashes) {
  const now = hashFiles(Object.keys(hashes));
  return Object.entries(hashes).every(([file, hash]) => now[file] === hash);
}
