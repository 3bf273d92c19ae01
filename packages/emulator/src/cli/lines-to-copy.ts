import type { ConnectionStrings } from "../api/identities.ts";

/** Returns the command lines that run a device program against the hub. */
export function linesToCopy(
  { connectionString, pageConnectionString }: ConnectionStrings,
  caFile: string,
): string[] {
  const powerShell = [
    `$env:NODE_EXTRA_CA_CERTS=${forPowerShell(caFile)};`,
    `$env:CONNECTION_STRING=${forPowerShell(connectionString)};`,
    "node device.mjs",
  ];
  const deno = [
    `CONNECTION_STRING=${forShell(pageConnectionString)}`,
    "deno run --allow-net --allow-env device.ts",
  ];
  return [
    "Run a device with Node, with Node in PowerShell, or with Deno:",
    "",
    `  ${onNode(caFile, "CONNECTION_STRING", connectionString, "device.mjs")}`,
    "",
    ...[powerShell, deno].flatMap((words) => [`  ${words.join(" ")}`, ""]),
  ];
}

/** Returns the command lines that run a service program against the hub. */
export function serviceLinesToCopy(
  serviceConnectionString: string,
  caFile: string,
  hasPort: boolean,
): string[] {
  return [
    "Run a service, such as a registry client:",
    "",
    `  ${onNode(caFile, "SERVICE_CONNECTION_STRING", serviceConnectionString, "service.mjs")}`,
    "",
    ...(hasPort
      ? ["The service clients for Node and Java need ports 443 and 5671: start with --official-ports.", ""]
      : []),
  ];
}

/** Returns the command lines that run a program which reads the events of the hub. */
export function readerLinesToCopy(eventHubConnectionString: string): string[] {
  return [
    "Read events with an Event Hubs client:",
    "",
    `  EVENT_HUB_CONNECTION_STRING=${forShell(eventHubConnectionString)} node reader.mjs`,
    "",
  ];
}

function onNode(caFile: string, variable: string, connectionString: string, program: string): string {
  return `NODE_EXTRA_CA_CERTS=${forShell(caFile)} ${variable}=${forShell(connectionString)} node ${program}`;
}

const forShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const forPowerShell = (text: string): string => `'${text.replaceAll("'", "''")}'`;
