import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Emulator } from "../api/emulator.ts";
import { logLine } from "../event-log.ts";
import { messageOf } from "../hub/hub-error.ts";
import { startEmulator } from "../start-emulator.ts";
import { type CliArguments, parseArguments, usage } from "./arguments.ts";
import { linesToCopy, readerLinesToCopy, serviceLinesToCopy } from "./lines-to-copy.ts";

/** The process that the command runs in. */
export interface CliProcess {
  /** The name of the command, for messages. */
  readonly name: string;
  print(line: string): void;
  printError(line: string): void;
  /** Resolves when the command should end. */
  interrupted(): Promise<void>;
}

/** Runs the command. Resolves with its exit code: 1 if the hub can't start, 2 for an invalid command line, else 0. */
export async function runCli(args: readonly string[], io: CliProcess): Promise<number> {
  let parsed: CliArguments;
  try {
    parsed = parseArguments(args);
  } catch (error) {
    io.printError(`${io.name}: ${messageOf(error)}\n\n${usage(io.name)}`);
    return 2;
  }
  if (parsed.action === "help") io.print(usage(io.name));
  else if (parsed.action === "version") io.print(await ownVersion());
  else return run(parsed, io);
  return 0;
}

async function run(parsed: CliArguments, io: CliProcess): Promise<number> {
  const interrupted = io.interrupted();
  let emulator: Emulator;
  try {
    emulator = await startEmulator(parsed.emulator);
  } catch (error) {
    io.printError(`${io.name}: ${messageOf(error)}`);
    return 1;
  }
  let removeCa = async (): Promise<void> => {};
  try {
    const caFile = await writeCa(emulator.ca, parsed.caFile);
    removeCa = caFile.remove;
    for (const device of parsed.devices) await emulator.createDevice(device);
    for (const line of await readyLines(emulator, parsed, caFile.path)) io.print(line);
    emulator.on((event) => io.print(parsed.json ? JSON.stringify(event) : logLine(event)));
    await interrupted;
    return 0;
  } catch (error) {
    io.printError(`${io.name}: ${messageOf(error)}`);
    return 1;
  } finally {
    await emulator.close();
    await removeCa();
  }
}

async function readyLines(emulator: Emulator, parsed: CliArguments, caFile: string): Promise<string[]> {
  const { hostName, endpoints, controlToken, serviceConnectionString, policyConnectionStrings } = emulator;
  const { eventHubConnectionString, secureEventHubConnectionString } = emulator;
  const { devices, json } = parsed;
  const strings = devices.map((deviceId) => ({
    deviceId,
    connectionString: emulator.connectionString(deviceId),
    pageConnectionString: emulator.pageConnectionString(deviceId),
  }));
  if (json) {
    return [
      JSON.stringify({
        type: "ready",
        hostName,
        endpoints,
        controlToken,
        caFile,
        serviceConnectionString,
        policyConnectionStrings,
        eventHubConnectionString,
        secureEventHubConnectionString,
        devices: strings,
      }),
    ];
  }
  const { host, port, plainPort, controlUrl } = endpoints;
  const rows: [string, string][] = [
    ["console", new URL("/", controlUrl).href],
    ["hub name", hostName],
    [
      "TLS",
      `${host}:${port}${parsed.emulator.officialPorts ? ", 8883, 443, 5671" : ""}  (MQTT, AMQP, WebSockets, HTTPS)`,
    ],
    ["plain", `${host}:${plainPort}  (MQTT, AMQP, WebSockets, HTTP)`],
    ["control API", controlUrl],
    ...(controlToken === undefined ? [] : [["control token", controlToken] satisfies [string, string]]),
    ["CA certificate", caFile],
    ["service", serviceConnectionString],
    ["event hub", eventHubConnectionString],
    ...(secureEventHubConnectionString === undefined
      ? []
      : [["  with TLS", secureEventHubConnectionString] satisfies [string, string]]),
    ...strings.flatMap(({ deviceId, connectionString, pageConnectionString }): [string, string][] => [
      [`device ${deviceId}`, connectionString],
      ["  in a page, in Deno", pageConnectionString],
    ]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  const head = `isohub emulator ${await ownVersion()}`;
  return [
    head,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    ...strings.slice(0, 1).flatMap((device) => linesToCopy(device, caFile)),
    ...serviceLinesToCopy(serviceConnectionString, caFile, parsed.emulator.officialPorts !== true),
    ...readerLinesToCopy(eventHubConnectionString),
    "Press Ctrl+C to stop.",
    "",
  ];
}

async function writeCa(
  ca: string,
  path: string | undefined,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  if (path !== undefined) {
    await writeFile(path, ca);
    return { path, remove: async () => {} };
  }
  const folder = await mkdtemp(join(tmpdir(), "isohub-emulator-"));
  const file = join(folder, "ca.pem");
  await writeFile(file, ca);
  return { path: file, remove: () => rm(folder, { recursive: true, force: true }) };
}

// package.json is next to src, build and dist; in src and build, this file is one level deeper.
async function ownVersion(): Promise<string> {
  for (const path of ["../package.json", "../../package.json"]) {
    const text = await readFile(new URL(path, import.meta.url), "utf8").catch(() => undefined);
    // The folder of the CommonJS build has a manifest without a version.
    const { version } = JSON.parse(text ?? "{}") as { version?: string };
    if (version !== undefined) return version;
  }
  return "unknown";
}
