import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished } from "vitest";
import { freshId } from "../device.ts";
import { root, testFolder } from "../files.ts";
import { startProgram } from "../program.ts";
import { providedHub } from "../provided-hub.ts";

/** A small device with both engines: its arguments are the connection string, the options and the engine. */
export const deviceApp = `
import { IoTHubDeviceClient, leanEngine } from "@isohub/node";
import { mqttJsEngine } from "@isohub/node/mqttjs";

const [connectionString, options, engine] = process.argv.slice(-3);

async function main() {
  const client = IoTHubDeviceClient.createFromConnectionString(connectionString, {
    ...JSON.parse(options),
    engine: engine === "lean" ? leanEngine : mqttJsEngine,
    connectionRetry: false,
  });
  const called = new Promise((resolve) => {
    client.handleMethod("ping", () => {
      setImmediate(resolve);
      return { payload: "pong" };
    });
  });
  await client.sendMessage("x".repeat(100_000));
  const { desired } = await client.getTwin();
  console.log("ready " + desired.$version);
  await called;
  await client.shutdown();
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
`;

/** Creates a folder for a user's project, from which this package's node_modules can be found. */
export async function projectFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const build = join(root, "packages/conformance/build");
  await mkdir(build, { recursive: true });
  const folder = await mkdtemp(join(build, "bundle-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

export interface Variant {
  readonly transport: "TLS" | "WebSockets";
  readonly engine: "lean" | "mqttjs";
}

export const variants: readonly Variant[] = [
  { transport: "TLS", engine: "lean" },
  { transport: "TLS", engine: "mqttjs" },
  { transport: "WebSockets", engine: "lean" },
  { transport: "WebSockets", engine: "mqttjs" },
];

/**
 * Runs a program with the arguments of {@link deviceApp}, in a folder without node_modules, and checks what the hub has seen.
 *
 * @param command - the program with its first arguments
 */
export async function expectDeviceProgram(
  command: readonly string[],
  { transport, engine }: Variant,
): Promise<void> {
  const { hub, ca } = providedHub();
  const deviceId = freshId();
  const { connectionString } = await hub.createDevice(deviceId);
  const options = JSON.stringify({ websockets: transport === "WebSockets", serverVerificationCert: ca });
  const [program = "", ...args] = command;
  const device = startProgram(program, [...args, connectionString, options, engine], { cwd: testFolder() });
  await device.printed(/^ready 1$/m);
  expect(await hub.telemetry(deviceId)).toHaveLength(1);
  expect(await hub.invokeMethod(deviceId, "ping")).toEqual({ status: 200, payload: "pong" });
  expect(await device.exit, device.output).toBe(0);
  expect(device.output).toMatch(/^done$/m);
}
