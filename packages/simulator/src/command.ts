/** The command `isohub simulate`, for the package `isohub`. */
import { isMainThread } from "node:worker_threads";
import { runPartOfThread } from "./node/part-thread.ts";
import { simulate } from "./node/simulate.ts";

// The threads of the command run this module, too.
if (!isMainThread) void runPartOfThread();

/**
 * Runs the simulator's command in this process.
 *
 * @param args - the command line, without the program
 * @param name - of the command in its messages
 * @returns the exit code: 1 if a threshold isn't met or the run fails, 2 for an invalid command line or scenario, else 0
 */
export function runSimulateCommand(args: readonly string[], name = "isohub simulate"): Promise<number> {
  return simulate(args, {
    name,
    environment: process.env,
    emulator: import.meta.resolve("@isohub/emulator"),
    print: (line) => process.stdout.write(`${line}\n`),
    printError: (line) => process.stderr.write(`${line}\n`),
    onInterrupt(listener) {
      for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, listener);
      return () => {
        for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, listener);
      };
    },
  });
}
