#!/usr/bin/env node
import { runCli } from "./cli/run.ts";

// Such as EPIPE, if the output is piped to `head`: the command goes on, for its report and its exit code.
process.stdout.on("error", () => {});
process.stderr.on("error", () => {});

process.exitCode = await runCli(process.argv.slice(2), {
  print: (line) => process.stdout.write(`${line}\n`),
  printError: (line) => process.stderr.write(`${line}\n`),
});
