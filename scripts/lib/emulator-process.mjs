import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "./run.mjs";

/**
 * Starts the emulator's command from the build. Resolves, once it is ready, with what it prints first, its process, and `stop`,
 * which ends it as Ctrl+C does.
 *
 * @param {...string} args
 */
export async function startEmulatorProcess(...args) {
  const command = [`${root}packages/emulator/dist/cli.js`, "--json", "--log-level", "error", ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return {
    ...JSON.parse(line.toString().split("\n")[0]),
    child,
    async stop() {
      if (child.exitCode !== null) return;
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

/**
 * Reads the metrics of an emulator. The function returns the value of one: the sum over its labels.
 *
 * @returns {Promise<(name: string) => number>}
 */
export async function readMetrics({ endpoints }) {
  const text = await (await fetch(new URL("/metrics", endpoints.controlUrl))).text();
  return (name) => {
    const values = text.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"));
    return [...values].reduce((total, [, value]) => total + Number(value), 0);
  };
}
