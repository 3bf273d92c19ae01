import { type ChildProcess, spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const program = fileURLToPath(new URL("device.py", import.meta.url));

/** What the program says: an answer to a call, or something that happened. */
type Line =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly cause: string; readonly text: string }
  | { readonly event: string; readonly value: unknown };

/** A call that raised: `name` and `cause` are the classes of the exception and of what led to it. */
export class PythonError extends Error {
  override readonly name: string;
  override readonly cause: string;

  constructor(error: string, cause: string, text: string) {
    super(text);
    this.name = error;
    this.cause = cause;
  }
}

/** A device of the Python SDK, in a process of its own that ends with the test. */
export class PythonDevice {
  readonly #process: ChildProcess;
  readonly #ended: Promise<unknown[]>;
  readonly #died: Promise<never>;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #events: { readonly event: string; readonly value: unknown }[] = [];
  readonly #arrivals = new EventEmitter();
  #lastId = 0;

  constructor(python: string) {
    this.#process = spawn(python, [program]);
    this.#ended = once(this.#process, "exit");
    onTestFinished(async () => {
      this.#process.kill("SIGKILL");
      await this.#ended;
    });
    // The SDK tells there of every lost connection; it is worth reading when the program has failed.
    let stderr = "";
    this.#process.stderr?.on("data", (part) => {
      stderr += part;
    });
    this.#died = this.#ended.then(([code]) => {
      throw new Error(`the program ended with code ${code}: ${stderr}`);
    });
    this.#died.catch(() => {});
    if (this.#process.stdout === null) throw new Error("the program has no output");
    createInterface(this.#process.stdout).on("line", (line) => this.#take(JSON.parse(line) as Line));
  }

  /**
   * Calls a method of the program's `Device`.
   *
   * @throws {PythonError} when it raises
   */
  do(method: string, parameters: object = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answer = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#process.stdin?.write(`${JSON.stringify({ id, do: method, with: parameters })}\n`);
    return Promise.race([answer, this.#died]);
  }

  /** The value of the next event with this name that fits. */
  async next(event: string, fits: (value: unknown) => boolean = () => true): Promise<unknown> {
    for (;;) {
      const at = this.#events.findIndex((line) => line.event === event && fits(line.value));
      if (at >= 0) return this.#events.splice(at, 1)[0]?.value;
      await Promise.race([once(this.#arrivals, "event"), this.#died]);
    }
  }

  /** Says that there is nothing more to do. @returns the exit code, once the program has ended by itself */
  async end(): Promise<unknown> {
    this.#process.stdin?.end();
    const [code] = await this.#ended;
    return code;
  }

  #take(line: Line): void {
    if ("event" in line) {
      this.#events.push(line);
      this.#arrivals.emit("event");
      return;
    }
    const call = this.#calls.get(line.id);
    this.#calls.delete(line.id);
    if ("error" in line) call?.reject(new PythonError(line.error, line.cause, line.text));
    else call?.resolve(line.value);
  }
}
