/** The command `isohub-emulator`, for other commands that include it. */
import { runCli } from "./cli/run.ts";

/**
 * Runs the emulator's command in this process, until it is interrupted by Ctrl+C or SIGTERM.
 *
 * @param args - the command line, without the program
 * @param name - of the command in its messages; `isohub-emulator` by default
 * @returns the exit code: 1 if the hub can't start, 2 for an invalid command line, else 0
 */
export function runEmulatorCommand(args: readonly string[], name = "isohub-emulator"): Promise<number> {
  return runCli(args, {
    name,
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
    interrupted: () =>
      new Promise((resolve) => {
        for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => resolve());
      }),
  });
}
