import { parseArgs } from "node:util";
import type { EmulatorOptions } from "../options.ts";

/** What the command line asks for. */
export interface CliArguments {
  readonly action: "run" | "help" | "version";
  readonly emulator: EmulatorOptions;
  readonly devices: readonly string[];
  readonly caFile: string | undefined;
  readonly json: boolean;
}

/** The text of `--help`. */
export const usage = `Usage: isohub-emulator [options]

Starts a local IoT hub and prints what happens in it until it is interrupted.

  --device <id>        register this device; may be repeated (default: device1)
  --port <n>           TLS port: MQTT, WebSockets, HTTPS (default: a free one)
  --plain-port <n>     port without TLS, and the control API (default: a free one)
  --host <address>     address to bind (default: 127.0.0.1)
  --host-name <name>   what the hub calls itself (default: localhost)
  --official-ports     bind 8883 and 443 too, which the official clients insist on
  --blob-storage       start the storage for file uploads now (default: with the first upload)
  --ca-file <path>     write the CA certificate here and keep it (default: a temporary file)
  --json               print JSON, one object a line: first the endpoints, then each event
  --help, --version
`;

/** @throws {TypeError} for an unknown option, a missing or a bad value; the message is for people. */
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
      "official-ports": { type: "boolean" },
      "blob-storage": { type: "boolean" },
      "ca-file": { type: "string" },
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
      version: { type: "boolean", short: "v" },
    },
  });
  return {
    action: values.help ? "help" : values.version ? "version" : "run",
    emulator: {
      ...optional("port", portOf("--port", values.port)),
      ...optional("plainPort", portOf("--plain-port", values["plain-port"])),
      ...optional("host", values.host),
      ...optional("hostName", values["host-name"]),
      officialPorts: values["official-ports"] ?? false,
      ...(values["blob-storage"] ? { blobStorage: true } : {}),
    },
    devices: values.device ?? ["device1"],
    caFile: values["ca-file"],
    json: values.json ?? false,
  };
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new TypeError(`${option} is '${text}', it must be a port number from 0 to 65535`);
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}
