import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { newKey } from "../hub/authentication.ts";
import type { StorageAccount } from "./blob-sas.ts";

/** How to get what uploads need. */
export const azuriteMissing: string =
  "File uploads need the package 'azurite', which is not installed: npm install --save-dev azurite@~3.35.0 " +
  "(the last that runs on Node.js 20), or start the emulator with blobStorage: false";

/** Makes a child of Node end when its input does, which is when its parent is gone, however it went. */
export const endWithParent: string =
  "data:text/javascript,process.stdin.resume().on('end',()=>process.exit())";
const startTimeoutMs = 60_000;

/** Azure's own storage emulator with its blob service, as a process with a folder of its own. */
export class Azurite {
  readonly account: StorageAccount = { name: "isohub", key: newKey() };
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #folder: string | undefined;
  #port = 0;
  #closed = false;
  readonly #locate: () => string;

  /** @param locate - finds the program; throws when it is not there */
  constructor(locate: () => string = locateAzurite) {
    this.#locate = locate;
  }

  /** The port it listens on, at 127.0.0.1; 0 before it is ready and after its end. */
  get port(): number {
    return this.#port;
  }

  /** Where its files are, while there are any. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Resolves when the process has ended; at once when there is none. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** The process, while there is one. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts it; resolves when it listens.
   *
   * @throws {Error} the package is missing, or it does not start; what it wrote is part of the message
   */
  async start(): Promise<void> {
    const program = this.#locate();
    this.#folder = await mkdtemp(join(tmpdir(), "isohub-blobs-"));
    if (this.#closed) {
      await this.#removeFolder();
      throw new Error("The storage was closed before it had started");
    }
    const options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", this.#folder];
    // Loose, because the client inside the official SDK sends headers that it would refuse.
    const flags = [
      "--silent",
      "--loose",
      "--disableTelemetry",
      "--skipApiVersionCheck",
      "--disableProductStyleUrl",
    ];
    const { name, key } = this.account;
    const child = spawn(process.execPath, ["--import", endWithParent, program, ...options, ...flags], {
      cwd: this.#folder,
      stdio: ["pipe", "pipe", "pipe"],
      // Neither what was meant for this process nor what would lead it to another database.
      env: { ...process.env, NODE_OPTIONS: "", AZURITE_DB: undefined, AZURITE_ACCOUNTS: `${name}:${key}` },
    });
    this.#child = child;
    this.#exited = new Promise((resolve) => {
      child.once("close", () => {
        this.#child = undefined;
        this.#port = 0;
        resolve();
      });
    });
    this.#port = await listening(child);
  }

  /** Ends it and removes its folder. Resolves when nothing is left. */
  async close(): Promise<void> {
    this.#closed = true;
    // Nothing of it is worth an orderly end.
    this.#child?.kill("SIGKILL");
    await this.#exited;
    await this.#removeFolder();
  }

  async #removeFolder(): Promise<void> {
    const folder = this.#folder;
    this.#folder = undefined;
    if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The program of the installed package. @throws {Error} that says how to install it */
export function locateAzurite(): string {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve("azurite/package.json");
  } catch (cause) {
    throw new Error(azuriteMissing, { cause });
  }
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { bin: Record<string, string> };
  return join(dirname(manifest), bin["azurite-blob"] ?? "");
}

function listening(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    let written = "";
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      fail(`it was not ready after ${startTimeoutMs} ms`);
    }, startTimeoutMs);
    const fail = (why: string): void => {
      clearTimeout(timer);
      reject(new Error(`Azurite did not start: ${why}${written === "" ? "" : `\n${written.trim()}`}`));
    };
    const read = (text: Buffer): void => {
      if (written.length < 10_000) written += text.toString();
      const port = /listens on http:\/\/[^\s:]+:(\d+)/.exec(written)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout?.on("data", read);
    child.stderr?.on("data", read);
    child.once("error", (error) => fail(error.message));
    child.once("close", (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
  });
}
