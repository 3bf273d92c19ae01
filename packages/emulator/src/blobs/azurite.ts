import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { newKey } from "../hub/identities/authentication.ts";
import type { StorageAccount } from "./blob-sas.ts";

/** The error message for uploads without Azurite, with the remedy. */
export const azuriteMissing: string =
  "File uploads require the package 'azurite', which is not installed. " +
  "Run npm install --save-dev azurite@~3.35.0 (the last version for Node.js 20), " +
  "or start the emulator with blobStorage: false.";

/** The name of the storage account. */
export const storageAccount = "isohub";

/** Makes a child process of Node end with its input, and so with its parent, even if that is killed. */
export const endWithParent: string =
  "data:text/javascript,process.stdin.resume().on('end',()=>process.exit())";
const startTimeoutMs = 60_000;

// Ends the process in an orderly way: Azurite saves its index only then, and every five seconds.
const stopWithParent =
  "data:text/javascript,process.stdin.resume().on('end',()=>process.kill(process.pid,'SIGTERM'))";
const stopTimeoutMs = 5_000;

/** The blob service of Azurite, Azure's storage emulator, as a process with its own folder. */
export class Azurite {
  readonly account: StorageAccount = { name: storageAccount, key: newKey() };
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #folder: string | undefined;
  #port = 0;
  #closed = false;
  readonly #locate: () => string;
  readonly #kept: string | undefined;

  /**
   * @param locate - returns the path of the program, or throws if it is not installed
   * @param kept - the folder of the files if they outlive the process; by default a temporary one
   */
  constructor(locate: () => string = locateAzurite, kept?: string) {
    this.#locate = locate;
    this.#kept = kept;
  }

  /** The port at 127.0.0.1; 0 before the process is ready and after its end. */
  get port(): number {
    return this.#port;
  }

  /** The folder of its files, while it exists. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Resolves when the process has ended, or at once if there is none. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** The id of the process, while it runs. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts the process. Resolves when it listens.
   *
   * @throws {Error} if the package is missing or the process doesn't start; the message includes its output
   */
  async start(): Promise<void> {
    const program = this.#locate();
    if (this.#kept !== undefined) await mkdir(this.#kept, { recursive: true });
    this.#folder = this.#kept ?? (await mkdtemp(join(tmpdir(), "isohub-blobs-")));
    if (this.#closed) {
      await this.#removeFolder();
      throw new Error("The blob storage was closed before it had started.");
    }
    const options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", this.#folder];
    // Loose, because the official SDK sends headers that Azurite would refuse otherwise.
    const flags = [
      "--silent",
      "--loose",
      "--disableTelemetry",
      "--skipApiVersionCheck",
      "--disableProductStyleUrl",
    ];
    const { name, key } = this.account;
    const onParentsEnd = this.#kept === undefined ? endWithParent : stopWithParent;
    const child = spawn(process.execPath, ["--import", onParentsEnd, program, ...options, ...flags], {
      cwd: this.#folder,
      stdio: ["pipe", "pipe", "pipe"],
      // Without Node's options for this process, and without a setting for another database.
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

  /** Ends the process and deletes its folder, unless that is kept. */
  async close(): Promise<void> {
    this.#closed = true;
    const child = this.#child;
    // A process whose folder is deleted has nothing to save.
    child?.kill(this.#kept === undefined ? "SIGKILL" : "SIGTERM");
    const timer = setTimeout(() => child?.kill("SIGKILL"), stopTimeoutMs);
    await this.#exited;
    clearTimeout(timer);
    await this.#removeFolder();
  }

  async #removeFolder(): Promise<void> {
    const folder = this.#folder;
    this.#folder = undefined;
    if (folder !== undefined && folder !== this.#kept)
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Returns the path of the installed program. @throws {Error} with the remedy, if it is not installed */
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
      fail(`it was not ready within ${startTimeoutMs} ms`);
    }, startTimeoutMs);
    const fail = (reason: string): void => {
      clearTimeout(timer);
      reject(new Error(`Azurite did not start: ${reason}${written === "" ? "" : `\n${written.trim()}`}`));
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
