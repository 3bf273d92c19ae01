import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Emulator } from "../api/emulator.ts";
import { trustStoreOf } from "../certificates/node/trust-store.ts";
import type { CommandSettings } from "../config/command-settings.ts";
import type { EmulatorOptions } from "../config/options.ts";
import { writeSettingFile } from "../files/text-file.ts";
import type { HubEvent } from "../hub/events/events.ts";
import { messageOf } from "../hub/hub-error.ts";
import { escapeControls } from "../log/escape.ts";
import { isLogged } from "../log/event-levels.ts";
import { logLine } from "../log/event-log.ts";
import { startEmulator } from "../start-emulator.ts";
import { ownVersion } from "../version.ts";
import { type CliArguments, parseArguments, usage } from "./arguments.ts";
import { readCertificates } from "./certificate-files.ts";
import { type Configuration, configure } from "./configuration.ts";
import { LogFile } from "./log-file.ts";
import { EventOutput, type LineSink } from "./output.ts";
import type { CliProcess } from "./process.ts";
import { consoleAddress, readyJson, readyLine, readyLines } from "./ready-lines.ts";

/** Runs the command. Resolves with its exit code: 1 if the hub can't start, 2 for invalid settings, else 0. */
export async function runCli(args: readonly string[], io: CliProcess): Promise<number> {
  let parsed: CliArguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    io.printError(`${io.name}: ${messageOf(error)}\n\n${usage(io.name)}`);
    return 2;
  }
  if (parsed.action === "help") io.output.write(`${usage(io.name)}\n`);
  else if (parsed.action === "version") io.output.write(`${await ownVersion()}\n`);
  else {
    try {
      return await run(await configure(parsed.settings, io.environment), io);
    } catch (error) {
      // Settings are checked before anything starts.
      io.printError(`${io.name}: ${messageOf(error)}`);
      return 2;
    }
  }
  return 0;
}

async function run(configuration: Configuration, io: CliProcess): Promise<number> {
  const { command } = configuration;
  const interrupted = io.interrupted();
  const ends: (() => Promise<void>)[] = [];
  try {
    const logFile =
      command.logFile === undefined
        ? undefined
        : new LogFile(command.logFile, (error) => io.printError(`${io.name}: ${messageOf(error)}`));
    if (logFile !== undefined) {
      ends.push(() => logFile.close());
      io.onHangup(() => logFile.reopen());
    }
    const { certificateKey } = configuration.emulator;
    const certificates = await readCertificates({ ...command, certificateKey });
    const stop = new AbortController();
    void interrupted.then(() => stop.abort());
    const options = { ...configuration.emulator, ...certificates, signal: stop.signal };
    const emulator = await start(options, command, io);
    ends.push(() => emulator.close());
    const caFile = command.caFile ?? (await writeTemporary(emulator.ca, ends));
    if (command.trustStoreFile !== undefined) {
      await writeSettingFile(command.trustStoreFile, trustStoreOf(emulator.ca));
    }
    await printReady(configuration, emulator, caFile, io);
    if (command.open) io.openPage(consoleAddress(emulator));
    if (!command.quiet || logFile !== undefined) ends.push(printEvents(configuration, emulator, logFile, io));
    await interrupted;
    return 0;
  } catch (error) {
    if (isAbort(error)) return 0;
    io.printError(`${io.name}: ${messageOf(error)}`);
    return 1;
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

/** Whether a start ended because the command was interrupted. */
function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === "AbortError";
}

/** Starts the hub. While it waits for the hub that it joins, this prints the reason. */
async function start(
  options: EmulatorOptions,
  { quiet, logLevel }: CommandSettings,
  io: CliProcess,
): Promise<Emulator> {
  if (options.join === undefined || quiet || logLevel === "error") return startEmulator(options);
  let isReady = false;
  const logger: EmulatorOptions["logger"] = (line, { type }) => {
    if (!isReady && (type === "hubLeft" || type === "hubJoined")) io.printError(line);
  };
  const emulator = await startEmulator({ ...options, logger });
  isReady = true;
  return emulator;
}

async function printReady(
  { command, devices, emulator: options }: Configuration,
  emulator: Emulator,
  caFile: string | undefined,
  io: CliProcess,
): Promise<void> {
  const about = {
    emulator,
    version: await ownVersion(),
    caFile,
    devices,
    officialPorts: options.officialPorts ?? false,
    joined: options.join,
    uptimeMs: io.uptimeMs(),
  };
  const lines = command.json ? [readyJson(about)] : command.quiet ? [readyLine(about)] : readyLines(about);
  io.output.write(`${lines.join("\n")}\n`);
}

/** Prints the events from now on. Returns a function that prints those that wait. */
function printEvents(
  { command }: Configuration,
  emulator: Emulator,
  logFile: LineSink | undefined,
  io: CliProcess,
): () => Promise<void> {
  const { json = false, logLevel = "debug" } = command;
  const output = new EventOutput<HubEvent>({
    sink: logFile ?? io.output,
    format: json ? (event) => escapeControls(JSON.stringify(event)) : logLine,
    formatDropped: (count) =>
      json
        ? JSON.stringify({ type: "eventsLeftOut", count })
        : `… ${count} events left out: the output isn't read`,
    defer: io.defer,
  });
  emulator.on((event) => {
    if (isLogged(event.type, logLevel)) output.add(event);
  });
  return async () => output.flush();
}

/** Writes the certificate to a temporary folder. Resolves with `undefined` if none is writable. */
async function writeTemporary(ca: string, ends: (() => Promise<void>)[]): Promise<string | undefined> {
  try {
    const folder = await mkdtemp(join(tmpdir(), "isohub-emulator-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    const file = join(folder, "ca.pem");
    await writeFile(file, ca);
    return file;
  } catch {
    return undefined;
  }
}
