/** The command `isohub-emulator`, for other commands that include it. */

import { openPage } from "./cli/open-page.ts";
import type { CliProcess } from "./cli/process.ts";
import { runCli } from "./cli/run.ts";

// A pipe that isn't read would keep the process from ending.
const flushLimitMs = 500;

/**
 * Runs the emulator's command in this process, until it is interrupted by Ctrl+C, SIGTERM or SIGHUP. It keeps running if
 * its output is closed. If the output isn't read, the process exits half a second after the hub has closed.
 *
 * @param args - the command line, without the program
 * @param name - of the command in its messages; `isohub-emulator` by default
 * @returns the exit code: 1 if the hub can't start, 2 for invalid settings, else 0
 */
export async function runEmulatorCommand(args: readonly string[], name = "isohub-emulator"): Promise<number> {
  const { stdout, stderr } = process;
  let isClosed = false;
  // Such as EPIPE, after `head` has ended.
  stdout.on("error", () => {
    isClosed = true;
  });
  stderr.on("error", () => {});
  const code = await runCli(
    args,
    processOf(name, () => isClosed),
  );
  if (!isClosed && stdout.writableLength > 0) {
    const timer = setTimeout(() => process.exit(code), flushLimitMs);
    stdout.write("", () => clearTimeout(timer));
  }
  return code;
}

function processOf(name: string, isClosed: () => boolean): CliProcess {
  const { stdout, stderr } = process;
  let hangup: (() => void) | undefined;
  return {
    name,
    environment: process.env,
    output: {
      get waitingBytes() {
        return stdout.writableLength;
      },
      write(text) {
        if (!isClosed()) stdout.write(text);
      },
    },
    printError: (line) => void stderr.write(`${line}\n`),
    openPage,
    defer: (run) => void setImmediate(run),
    uptimeMs: () => process.uptime() * 1000,
    interrupted: () =>
      new Promise((resolve) => {
        process.once("SIGINT", () => resolve());
        process.once("SIGTERM", () => resolve());
        process.on("SIGHUP", () => {
          if (hangup === undefined) resolve();
          else hangup();
        });
      }),
    onHangup(run) {
      hangup = run;
    },
  };
}
