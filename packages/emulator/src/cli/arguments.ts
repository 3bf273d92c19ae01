import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Setting, variableOf } from "../config/setting.ts";
import { allSettings, type FlagValue, isList, readFlags, type SettingValues } from "../config/sources.ts";

/** The parsed command line. */
export interface CliArguments {
  readonly action: "run" | "help" | "version";
  /** The settings that flags set. */
  readonly settings: SettingValues;
}

const settings = Object.values(allSettings);
// A longer flag has its summary on the next line.
const flagWidth = 24;

/** Returns the output of `--help`. @param name - of the command */
export const usage = (name: string): string => `Usage: ${name} [options]

Starts a local IoT hub and prints its events until you press Ctrl+C.

${settings.map(helpOf).join("\n")}
  --help, --version

Each option can also be set by an environment variable, such as ${variableOf(allSettings["plainPort"] as Setting)}, and all but
--device and --config by the file of --config. Flags come before variables, and variables before the file.
`;

/**
 * Parses the command line.
 *
 * @throws {TypeError} for an unknown option, or a missing or invalid value
 */
export function parseArguments(args: readonly string[]): CliArguments {
  const options: NonNullable<ParseArgsConfig["options"]> = {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "v" },
  };
  for (const setting of settings) {
    options[setting.flag] = {
      type: setting.placeholder === "" ? "boolean" : "string",
      multiple: isList(setting),
    };
  }
  const { values } = parseArgs({ args: [...args], strict: true, allowPositionals: false, options });
  const { help, version, ...flags } = values as Record<string, FlagValue | undefined>;
  return { action: help ? "help" : version ? "version" : "run", settings: readFlags(flags) };
}

function helpOf({ flag, placeholder, summary }: Setting): string {
  const head = `  --${flag}${placeholder === "" ? "" : ` ${placeholder}`}`;
  return head.length < flagWidth
    ? `${head.padEnd(flagWidth)} ${summary}`
    : `${head}\n${" ".repeat(flagWidth)} ${summary}`;
}
