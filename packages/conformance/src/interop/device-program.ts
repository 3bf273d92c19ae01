import { EventEmitter, once } from "node:events";
import { type Program, startProgram } from "../program.ts";

/** A line of the program: the result of a call, or an event. */
type Line =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: string; readonly cause: string; readonly text: string }
  | { readonly event: string; readonly value: unknown };

/** A call that raised an exception. `name` and `cause` are the classes of the exception and of its cause. */
export class CallError extends Error {
  override readonly name: string;
  override readonly cause: string;

  constructor(error: string, cause: string, text: string) {
    super(text);
    this.name = error;
    this.cause = cause;
  }
}

/** A device of another SDK, in a separate process that ends with the test. */
export class DeviceProgram {
  readonly #program: Program;
  readonly #died: Promise<never>;
  readonly #calls = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #events: { readonly event: string; readonly value: unknown }[] = [];
  readonly #arrivals = new EventEmitter();
  #lastId = 0;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#program = startProgram(command, args, { env });
    this.#died = this.#program.exit.then((code) => {
      throw new Error(`The program ended with code ${code}: ${this.#program.output}`);
    });
    this.#died.catch(() => {});
    this.#program.onLine((line) => this.#accept(JSON.parse(line) as Line));
  }

  /**
   * Calls a method of the program's device.
   *
   * @throws {CallError} if it raises an exception
   */
  do(method: string, parameters: object = {}): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    const result = new Promise((resolve, reject) => this.#calls.set(id, { resolve, reject }));
    this.#program.writeLine(JSON.stringify({ id, do: method, with: parameters }));
    return Promise.race([result, this.#died]);
  }

  /** Returns the value of the next event with a name that matches. */
  async next(event: string, matches: (value: unknown) => boolean = () => true): Promise<unknown> {
    for (;;) {
      const at = this.#events.findIndex((line) => line.event === event && matches(line.value));
      if (at >= 0) return this.#events.splice(at, 1)[0]?.value;
      await Promise.race([once(this.#arrivals, "event"), this.#died]);
    }
  }

  /** Closes the program's input. @returns the exit code, once the program has ended by itself */
  end(): Promise<number> {
    this.#program.endInput();
    return this.#program.exit;
  }

  #accept(line: Line): void {
    if ("event" in line) {
      this.#events.push(line);
      this.#arrivals.emit("event");
      return;
    }
    const call = this.#calls.get(line.id);
    this.#calls.delete(line.id);
    if ("error" in line) call?.reject(new CallError(line.error, line.cause, line.text));
    else call?.resolve(line.value);
  }
}
