import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A local hub in a separate process, so that it doesn't take processor time from the devices. */
export interface HubProcess {
  /** The URL of its control API. */
  readonly controlUrl: string;
  stop(): Promise<void>;
}

// Enough for the messages between two readings of the simulator.
const program = `
const { startEmulator } = await import(process.argv[1]);
const hub = await startEmulator({ telemetryLimit: 1_000_000, telemetryMaxBytes: 1_000_000_000, host: "127.0.0.1" });
console.log(hub.endpoints.controlUrl);
// Ctrl+C in a terminal reaches all of its processes. Devices need the hub until they have drained.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {});
process.stdin.resume().once("close", () => process.exit());
`;

// A hub that hangs must not keep the command from ending.
const stopLimitMs = 5000;

/**
 * Starts a local hub, which ends with this process.
 *
 * @param emulator - the URL of the module that exports `startEmulator`
 */
export async function startHubProcess(emulator: string): Promise<HubProcess> {
  const args = ["--input-type=module", "--eval", program, emulator];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const controlUrl = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the local hub ended with code ${code}`)));
  });
  return {
    controlUrl,
    async stop() {
      child.stdin.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), stopLimitMs);
      await exited;
      clearTimeout(timer);
    },
  };
}
