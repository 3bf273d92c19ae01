/** Receives the output of a command. */
export interface CommandOutput {
  print(line: string): void;
  printError(line: string): void;
}

/** A command of `isohub`. */
export interface Command {
  /** The effect, as an imperative, for `isohub --help`. */
  readonly summary: string;
  /** Runs with the arguments after the command's name, and resolves with the exit code. */
  run(args: readonly string[], output: CommandOutput): Promise<number>;
}
