import { isIP } from "node:net";
import { parseArgs } from "node:util";
import { ArgumentError } from "@isohub/core";
import { hubTiers, tierLimits } from "@isohub/emulator/control-client";
import { parseDuration } from "../document/duration.ts";
import { type ProgramKind, programKinds } from "../formats/program.ts";
import { type ScenarioChanges, type Shard, wholeFleet } from "../plan/fleet-plan.ts";

/** A parsed command line. */
export interface SimulateArguments {
  readonly action: Action | "help" | "version";
  /** The scenario, or the reports for `merge`. Empty for `record`. */
  readonly files: readonly string[];
  readonly changes: ScenarioChanges & { readonly seed?: number | undefined };
  readonly shard: Shard;
  /** The number of worker threads. Default: depends on the number of devices and cores. */
  readonly workers: number | undefined;
  /** The control API of a running local hub. */
  readonly hub: string | undefined;
  readonly plain: boolean;
  readonly sourceAddresses: readonly string[];
  readonly report: string | undefined;
  readonly junit: string | undefined;
  readonly metricsPort: number | undefined;
  readonly otlp: string | undefined;
  readonly everyMs: number;
  readonly quiet: boolean;
  /** The file for a recording or a program. Default: the standard output. */
  readonly output: string | undefined;
  readonly to: ProgramKind;
}

/** A subcommand. `run` is the default, and has no name on the command line. */
type Action = "run" | "merge" | "record" | "export";

interface OptionRow {
  readonly type: "string" | "boolean";
  /** The value in the usage. */
  readonly value?: string;
  readonly help: string;
  readonly multiple?: boolean;
  readonly short?: string;
}

const options = {
  devices: { type: "string", value: "<n>", help: "number of devices; each group keeps its share" },
  for: { type: "string", value: "<time>", help: "length of the last hold phase, as in 90s or 5m" },
  seed: { type: "string", value: "<n>", help: "seed instead of the scenario's" },
  "connect-rate": {
    type: "string",
    value: "<n>",
    help: "maximum connections per second, or a tier whose limit applies: s1, s2, s3",
  },
  hub: {
    type: "string",
    value: "<url>",
    help: "control API of a running local hub (default: starts one if a group needs it)",
  },
  plain: { type: "boolean", help: "connect to the local hub over WebSockets without TLS" },
  workers: {
    type: "string",
    value: "<n>",
    help: "worker threads (default: one per core, fewer for small fleets)",
  },
  shard: {
    type: "string",
    value: "<i/n>",
    help: "run part i of n, from 0; i may be left out if JOB_COMPLETION_INDEX is set",
  },
  "source-address": {
    type: "string",
    value: "<address>",
    help: "connect from this address of the machine; repeat it to spread devices",
    multiple: true,
  },
  report: { type: "string", value: "<file>", help: "write the report as JSON" },
  junit: { type: "string", value: "<file>", help: "write the thresholds as JUnit XML" },
  "metrics-port": {
    type: "string",
    value: "<n>",
    help: "serve metrics for Prometheus at /metrics; 0 for a free port",
  },
  otlp: {
    type: "string",
    value: "<url>",
    help: "send metrics to an OpenTelemetry collector: http://host:4318",
  },
  every: { type: "string", value: "<time>", help: "interval of the progress and of OTLP (default: 5s)" },
  quiet: { type: "boolean", help: "print only the summary" },
  output: {
    type: "string",
    value: "<file>",
    help: "file for the recording or the program (default: standard output)",
  },
  to: {
    type: "string",
    value: "<runtime>",
    help: "runtime of the program: node, deno or page (default: node)",
  },
  help: { type: "boolean", help: "", short: "h" },
  version: { type: "boolean", help: "", short: "v" },
} satisfies Record<string, OptionRow>;

/** Returns the output of `--help`. @param name - of the command */
export function usage(name: string): string {
  const rows = Object.entries<OptionRow>(options).filter(([, { help }]) => help !== "");
  const heads = rows.map(([option, { value }]) => `--${option}${value === undefined ? "" : ` ${value}`}`);
  const width = Math.max(...heads.map((head) => head.length));
  const lines = rows.map(([, { help }], index) => `  ${heads[index]?.padEnd(width)}  ${help}`);
  return `Usage: ${name} <scenario.json> [options]
       ${name} merge <report.json>... [--report <file>] [--junit <file>]
       ${name} record --hub <url> [--for <time>] [--output <file>]
       ${name} export <scenario.json> [--to node|deno|page] [--output <file>]

Simulates a fleet of devices, and compares the results with the thresholds of the scenario.

${lines.join("\n")}
  --help, --version

Press Ctrl+C to stop sending and wait for acknowledgements, and again to end at once.
Exit codes: 0 if all thresholds are met, 1 if not, 2 for an invalid command line or scenario.`;
}

/**
 * Parses the command line.
 *
 * @param environment - for JOB_COMPLETION_INDEX
 * @throws {TypeError} for an unknown option, or a missing or invalid value
 */
export function parseArguments(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): SimulateArguments {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [first = ""] = positionals;
  const use: Action = first === "merge" || first === "record" || first === "export" ? first : "run";
  const files = use === "run" ? positionals : positionals.slice(1);
  const action = values.help ? "help" : values.version ? "version" : use;
  if (action === use) checkFiles(use, files, values.hub);
  return {
    action,
    files,
    changes: {
      devices: integer("--devices", values.devices, 1, 1_000_000),
      holdMs: duration("--for", values.for),
      seed: integer("--seed", values.seed, 0, 4_294_967_295),
      connectRate: parseConnectRate("--connect-rate", values["connect-rate"]),
    },
    shard: parseShard("--shard", values.shard, environment["JOB_COMPLETION_INDEX"]),
    workers: integer("--workers", values.workers, 1, 256),
    hub: url("--hub", values.hub),
    plain: values.plain ?? false,
    sourceAddresses: (values["source-address"] ?? []).map(address),
    report: values.report,
    junit: values.junit,
    metricsPort: integer("--metrics-port", values["metrics-port"], 0, 65_535),
    otlp: url("--otlp", values.otlp),
    everyMs: duration("--every", values.every) ?? 5000,
    quiet: values.quiet ?? false,
    output: values.output,
    to: programKind(values.to),
  };
}

function checkFiles(use: Action, files: readonly string[], hub: string | undefined): void {
  const got = files.length === 0 ? "none" : files.join(", ");
  if (use === "merge" && files.length === 0)
    throw new TypeError("merge must have at least one report, got none");
  if (use === "record" && files.length > 0) throw new TypeError(`record must have no file, got ${got}`);
  if (use === "record" && hub === undefined)
    throw new TypeError("--hub must be the control API of the hub to record, got none");
  if ((use === "run" || use === "export") && files.length !== 1)
    throw new TypeError(`the scenario must be one file, got ${got}`);
}

function programKind(text = "node"): ProgramKind {
  const kind = programKinds.find((each) => each === text);
  if (kind !== undefined) return kind;
  throw new TypeError(`--to must be one of ${programKinds.join(", ")}, got '${text}'`);
}

function integer(
  name: string,
  text: string | undefined,
  minimum: number,
  maximum: number,
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= minimum && value <= maximum) return value;
  throw new TypeError(`${name} must be an integer from ${minimum} to ${maximum}, got '${text}'`);
}

function duration(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = parseDuration(text);
  if (ms !== undefined && ms > 0) return ms;
  throw new TypeError(`${name} must be a duration such as 500ms, 5s, 2m or 1h, got '${text}'`);
}

/**
 * Parses a number of connections per second, or the tier of a hub whose limit applies.
 *
 * @param name - the name of the option, for the error message
 * @throws {ArgumentError} `invalid_argument`: anything else
 */
export function parseConnectRate(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const tier = hubTiers.find((each) => each === text.toUpperCase());
  const rate = tier === undefined ? Number(text) : tierLimits[tier].connect;
  if (rate > 0 && rate <= 1_000_000) return rate;
  throw new ArgumentError(
    "invalid_argument",
    `${name} must be a number greater than 0 or a tier (s1, s2, s3), got '${text}'`,
  );
}

function url(name: string, text: string | undefined): string | undefined {
  if (text === undefined || /^https?:\/\/./.test(text)) return text;
  throw new TypeError(`${name} must be a URL that starts with http, got '${text}'`);
}

function address(text: string): string {
  if (isIP(text) !== 0) return text;
  throw new TypeError(`--source-address must be an IP address, got '${text}'`);
}

/**
 * Parses the part of a fleet: `i/n`, or `n` if the completion index is i. Default: the whole fleet.
 *
 * @param name - the name of the option, for the error message
 * @param completionIndex - `JOB_COMPLETION_INDEX`, as Kubernetes sets it
 * @throws {ArgumentError} `invalid_argument`: anything else
 */
export function parseShard(
  name: string,
  text: string | undefined,
  completionIndex: string | undefined,
): Shard {
  if (text === undefined) return wholeFleet;
  const [, given = completionIndex ?? "", total = ""] = /^(?:(\d+)\/)?(\d+)$/.exec(text) ?? [];
  const [index, count] = [Number(given), Number(total)];
  if (given !== "" && count >= 1 && index < count) return { index, count };
  throw new ArgumentError(
    "invalid_argument",
    `${name} must be i/n with i from 0 to n - 1, got '${text}'${given === "" ? " without JOB_COMPLETION_INDEX" : ""}`,
  );
}
