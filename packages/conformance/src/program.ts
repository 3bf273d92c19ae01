import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { onTestFinished } from "vitest";

/** The environment and the input of a program. */
export interface ProgramOptions {
  readonly cwd?: string;
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** All of its input. Without it the input stays open. */
  readonly input?: string;
  /** Whether Ctrl+C also reaches the processes that the program starts, as in a terminal. */
  readonly isInTerminal?: boolean;
}

/** A program in a separate process. */
export class Program {
  /** Resolves with the exit code, or -1 after a signal, once all output has arrived. */
  readonly exit: Promise<number>;
  readonly #command: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #isInTerminal: boolean;
  readonly #outputListeners = new Set<() => void>();
  #stdout = "";
  #output = "";

  constructor(
    command: string,
    args: readonly string[],
    { cwd, env, input, isInTerminal = false }: ProgramOptions = {},
  ) {
    this.#command = command;
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, detached: isInTerminal });
    this.#child = child;
    this.#isInTerminal = isInTerminal;
    this.#read(child.stdout, (part) => {
      this.#stdout += part;
    });
    this.#read(child.stderr, () => {});
    this.exit = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => resolve(code ?? -1));
    });
    this.exit.catch(() => {});
    if (input !== undefined) child.stdin.end(input);
  }

  /** Everything that the program has printed, errors included. */
  get output(): string {
    return this.#output;
  }

  /** Everything that the program has printed to its standard output. */
  get stdout(): string {
    return this.#stdout;
  }

  /** Waits until the program has printed something; rejects if it ends before. */
  async printed(pattern: RegExp): Promise<RegExpExecArray> {
    let listener = (): void => {};
    const match = new Promise<RegExpExecArray>((resolve) => {
      listener = () => {
        const found = pattern.exec(this.#output);
        if (found !== null) resolve(found);
      };
      listener();
      this.#outputListeners.add(listener);
    });
    const ended = this.exit.then((code) => {
      listener();
      throw new Error(
        `${this.#command} ended with code ${code} without printing ${pattern}:\n${this.#output}`,
      );
    });
    try {
      return await Promise.race([match, ended]);
    } finally {
      this.#outputListeners.delete(listener);
    }
  }

  /** Calls back with each further line of the standard output. */
  onLine(listener: (line: string) => void): void {
    let at = this.#stdout.length;
    this.#outputListeners.add(() => {
      for (let end = this.#stdout.indexOf("\n", at); end >= 0; end = this.#stdout.indexOf("\n", at)) {
        listener(this.#stdout.slice(at, end));
        at = end + 1;
      }
    });
  }

  /** Writes a line to the program's input. */
  writeLine(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  endInput(): void {
    this.#child.stdin.end();
  }

  /** Sends Ctrl+C. */
  interrupt(): void {
    const { pid } = this.#child;
    if (this.#isInTerminal && pid !== undefined) process.kill(-pid, "SIGINT");
    else this.#child.kill("SIGINT");
  }

  /** Kills the program if it is running, and waits for its end. */
  async kill(): Promise<void> {
    if (this.#child.pid === undefined || this.#child.exitCode !== null || this.#child.signalCode !== null)
      return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #read(stream: Readable, keep: (part: string) => void): void {
    stream.setEncoding("utf8").on("data", (part: string) => {
      keep(part);
      this.#output += part;
      for (const listener of [...this.#outputListeners]) listener();
    });
  }
}

/** Starts a program that is killed at the end of the test. */
export function startProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Program {
  const program = new Program(command, args, options);
  onTestFinished(() => program.kill());
  return program;
}

/** Runs a program to its end, which is at the latest the end of the test. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<{ readonly code: number; readonly output: string }> {
  const program = startProgram(command, args, options);
  const code = await program.exit;
  return { code, output: program.output };
}
