import type { ConnectionStrings } from "../api/identities.ts";

/** Returns the command lines that run a device program against the hub. */
export function linesToCopy(
  { connectionString, pageConnectionString }: ConnectionStrings,
  caFile: string,
): string[] {
  const node = [
    `NODE_EXTRA_CA_CERTS=${forShell(caFile)}`,
    `CONNECTION_STRING=${forShell(connectionString)}`,
    "node device.mjs",
  ];
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
    ...[node, powerShell, deno].flatMap((words) => [`  ${words.join(" ")}`, ""]),
  ];
}

const forShell = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const forPowerShell = (text: string): string => `'${text.replaceAll("'", "''")}'`;
