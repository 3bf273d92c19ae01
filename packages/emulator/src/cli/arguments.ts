import { parseArgs } from "node:util";
import type { EmulatorOptions } from "../options.ts";

/** The parsed command line. */
export interface CliArguments {
  readonly action: "run" | "help" | "version";
  readonly emulator: EmulatorOptions;
  readonly devices: readonly string[];
  readonly caFile: string | undefined;
  readonly json: boolean;
}

/** Returns the output of `--help`. @param name - of the command */
export const usage = (name: string): string => `Usage: ${name} [options]

Starts a local IoT hub and prints its events until you press Ctrl+C.

  --device <id>        register this device; can be repeated (default: device1)
  --port <n>           TLS port: MQTT, WebSockets, HTTPS (default: a free port)
  --plain-port <n>     port without TLS, and the control API (default: a free port)
  --host <address>     address to bind (default: 127.0.0.1)
  --host-name <name>   name of the hub in connection strings (default: localhost)
  --allow-origin <url> let pages of this origin use the hub, besides those at localhost; can be repeated
  --control-token <t>  the token of the control API (default: none at a loopback address, else a random one)
  --official-ports     also bind 8883, 443, 5671 and 5672, which some official clients require
  --blob-storage       start the storage for file uploads immediately (default: with the first upload)
  --ca-file <path>     write the CA certificate to this file and keep it (default: a temporary file)
  --json               print one JSON object per line: first the endpoints, then each event
  --help, --version
`;

/**
 * Parses the command line.
 *
 * @throws {TypeError} for an unknown option, or a missing or invalid value
 */
export function parseArguments(args: readonly string[]): CliArguments {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      device: { type: "string", multiple: true },
      port: { type: "string" },
      "plain-port": { type: "string" },
      host: { type: "string" },
      "host-name": { type: "string" },
      "allow-origin": { type: "string", multiple: true },
      "control-token": { type: "string" },
      "official-ports": { type: "boolean" },
      "blob-storage": { type: "boolean" },
      "ca-file": { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    },
  });
  const { "plain-port": plainPort, "host-name": hostName, "control-token": controlToken } = values;
  return {
    action: values.help ? "help" : values.version ? "version" : "run",
    emulator: {
      ...(values.port === undefined ? {} : { port: parsePort("--port", values.port) }),
      ...(plainPort === undefined ? {} : { plainPort: parsePort("--plain-port", plainPort) }),
      ...(values.host === undefined ? {} : { host: values.host }),
      ...(hostName === undefined ? {} : { hostName }),
      ...(controlToken === undefined ? {} : { controlToken }),
      ...(values["allow-origin"] === undefined ? {} : { allowedOrigins: values["allow-origin"] }),
      officialPorts: values["official-ports"] ?? false,
      ...(values["blob-storage"] ? { blobStorage: true } : {}),
    },
    devices: values.device ?? ["device1"],
    caFile: values["ca-file"],
    json: values.json ?? false,
  };
}

function parsePort(option: string, value: string): number {
  const port = Number(value);
  if (/^\d{1,5}$/.test(value) && port <= 65_535) return port;
  throw new TypeError(`${option} must be a port from 0 to 65535, got '${value}'`);
}
