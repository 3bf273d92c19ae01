import type { LineSink } from "./output.ts";

/** The process that the command runs in. */
export interface CliProcess {
  /** The name of the command, for messages. */
  readonly name: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Standard output. */
  readonly output: LineSink;
  printError(line: string): void;
  /** Opens a page in the user's browser, if there is one. */
  openPage(url: string): void;
  /** Calls a function soon, after what is being done now. */
  defer(run: () => void): void;
  /** The milliseconds since the process started. */
  uptimeMs(): number;
  /** Resolves when the command should end. */
  interrupted(): Promise<void>;
  /** Calls a function when the terminal has closed, or a log file was rotated: at SIGHUP. Until then, SIGHUP interrupts. */
  onHangup(run: () => void): void;
}
