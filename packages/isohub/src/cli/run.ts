import { version } from "@isohub/core/runtime";
import type { CommandOutput } from "./command.ts";
import { commands } from "./commands.ts";

/** Returns the output of `isohub --help`. */
function usage(): string {
  const names = Object.keys(commands);
  const width = Math.max(...names.map((name) => name.length));
  const lines = names.map((name) => `  ${name.padEnd(width)}  ${commands[name]?.summary}`);
  return `Usage: isohub <command> [options]

${lines.join("\n")}

Run \`isohub <command> --help\` for the options of a command, or \`isohub --version\`.`;
}

/** Runs the command line. Resolves with the exit code: 2 for an unknown command, else the command's. */
export async function runCli(args: readonly string[], output: CommandOutput): Promise<number> {
  const [name, ...rest] = args;
  if (name === "--help" || name === "-h") output.print(usage());
  else if (name === "--version" || name === "-v") output.print(version);
  else if (name !== undefined && Object.hasOwn(commands, name)) return commands[name]?.run(rest, output) ?? 0;
  else {
    const problem = name === undefined ? "A command is missing" : `'${name}' isn't a command`;
    output.printError(`isohub: ${problem}.\n\n${usage()}`);
    return 2;
  }
  return 0;
}
