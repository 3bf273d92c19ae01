import type { Emulator } from "../api/emulator.ts";
import { bracketed } from "../config/control-url.ts";
import { linesToCopy, readerLinesToCopy, serviceLinesToCopy } from "./lines-to-copy.ts";

// People need one or two of them; programs read `--json`.
const shownDevices = 10;

/** The values in the first lines. */
export interface ReadyLinesOptions {
  readonly emulator: Emulator;
  readonly version: string;
  /** The file of the authority's certificate; `undefined` if none could be written. */
  readonly caFile: string | undefined;
  readonly devices: readonly string[];
  readonly officialPorts: boolean;
  /** The control API of the emulator that the hub has joined. */
  readonly joined: string | undefined;
  readonly uptimeMs: number;
}

/** Returns the first line for programs: the addresses and credentials as JSON. */
export function readyJson({ emulator, caFile, devices, joined, uptimeMs }: ReadyLinesOptions): string {
  const { hostName, endpoints, controlToken, serviceConnectionString, policyConnectionStrings } = emulator;
  return JSON.stringify({
    type: "ready",
    hostName,
    endpoints,
    controlToken,
    caFile,
    serviceConnectionString,
    policyConnectionStrings,
    eventHubConnectionString: emulator.eventHubConnectionString,
    secureEventHubConnectionString: emulator.secureEventHubConnectionString,
    joined,
    devices: devices.map((deviceId) => stringsOf(emulator, deviceId)),
    readyAfterMs: Math.round(uptimeMs),
  });
}

/** Returns the address of the console, which contains the control token if the hub requires one. */
export function consoleAddress({ endpoints, controlToken }: Emulator): string {
  const { href } = new URL("/", endpoints.controlUrl);
  return controlToken === undefined ? href : `${href}#token=${encodeURIComponent(controlToken)}`;
}

/** Returns the line of `--quiet`. */
export function readyLine({ emulator, uptimeMs }: ReadyLinesOptions): string {
  return `Ready after ${Math.round(uptimeMs)} ms: ${emulator.endpoints.controlUrl}`;
}

/** Returns the first lines for people: addresses, credentials, and commands to copy. */
export function readyLines(options: ReadyLinesOptions): string[] {
  const { emulator, version, caFile, devices, officialPorts, uptimeMs } = options;
  const { hostName, endpoints, controlToken, serviceConnectionString } = emulator;
  const { eventHubConnectionString, secureEventHubConnectionString } = emulator;
  const { port, plainPort, controlUrl } = endpoints;
  const host = bracketed(endpoints.host);
  const strings = devices.slice(0, shownDevices).map((deviceId) => stringsOf(emulator, deviceId));
  const rows: [string, string][] = [
    ["console", consoleAddress(emulator)],
    ["hub name", hostName],
    ["TLS", `${host}:${port}${officialPorts ? ", 8883, 443, 5671" : ""}  (MQTT, AMQP, WebSockets, HTTPS)`],
    ["plain", `${host}:${plainPort}  (MQTT, AMQP, WebSockets, HTTP)`],
    ["control API", controlUrl],
    ...(controlToken === undefined ? [] : [["control token", controlToken] satisfies [string, string]]),
    ...(options.joined === undefined ? [] : [["joined", options.joined] satisfies [string, string]]),
    ["CA certificate", caFile ?? `${controlUrl}/ca.pem  (no folder is writable)`],
    ["service", serviceConnectionString],
    ["event hub", eventHubConnectionString],
    ...(secureEventHubConnectionString === undefined
      ? []
      : [["  with TLS", secureEventHubConnectionString] satisfies [string, string]]),
    ...strings.flatMap(({ deviceId, connectionString, pageConnectionString }): [string, string][] => [
      [`device ${deviceId}`, connectionString],
      ["  in a page, in Deno", pageConnectionString],
    ]),
    ...(devices.length > shownDevices
      ? [
          ["more devices", `${devices.length - shownDevices}: see ${controlUrl}/devices`] satisfies [
            string,
            string,
          ],
        ]
      : []),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `isohub emulator ${version}`,
    ...rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`),
    "",
    ...(caFile === undefined
      ? []
      : [
          ...strings.slice(0, 1).flatMap((device) => linesToCopy(device, caFile)),
          ...serviceLinesToCopy(serviceConnectionString, caFile, !officialPorts),
          ...readerLinesToCopy(eventHubConnectionString),
        ]),
    `Ready after ${Math.round(uptimeMs)} ms.`,
    "Press Ctrl+C to stop.",
    "",
  ];
}

function stringsOf(
  emulator: Emulator,
  deviceId: string,
): { readonly deviceId: string; readonly connectionString: string; readonly pageConnectionString: string } {
  return {
    deviceId,
    connectionString: emulator.connectionString(deviceId),
    pageConnectionString: emulator.pageConnectionString(deviceId),
  };
}
