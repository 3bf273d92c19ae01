import { type ChildProcessByStdio, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import type { Endpoints } from "@isohub/emulator";
import { onTestFinished } from "vitest";
import { root } from "./files.ts";

/** The emulator's command. */
export const emulatorCli: string = `${root}packages/emulator/dist/cli.js`;

/** The first line of the command with `--json`. */
export interface HubReady {
  readonly caFile?: string;
  readonly endpoints: Endpoints;
  readonly devices: readonly { readonly connectionString: string }[];
}

/** A hub in a separate process. */
export interface HubProcess {
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  readonly ready: HubReady;
}

/** The environment of the process. */
export interface HubProcessOptions {
  readonly cwd?: string;
  /** Variables in addition to those of this process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts the emulator's command, which is killed at the end of the test. Resolves when it is ready. */
export async function startHubProcess(
  args: readonly string[] = [],
  { cwd, env }: HubProcessOptions = {},
): Promise<HubProcess> {
  const child = spawn(process.execPath, [emulatorCli, "--json", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    cwd,
    env: { ...process.env, ...env },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  const line = await new Promise<string>((resolve, reject) => {
    let output = "";
    let errors = "";
    const read = (part: Buffer): void => {
      output += part.toString();
      const end = output.indexOf("\n");
      if (end < 0) return;
      child.stdout.off("data", read);
      resolve(output.slice(0, end));
    };
    child.stdout.on("data", read);
    child.stderr.on("data", (part: Buffer) => {
      errors += part.toString();
    });
    child.once("close", () => reject(new Error(`the hub ended: ${errors}`)));
  });
  return { child, ready: JSON.parse(line) as HubReady };
}
