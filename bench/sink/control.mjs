import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const ANSWER_MS = 10_000;

/**
 * Starts the sink in a separate process.
 *
 * @param {string[]} prefix command that pins it to a core
 * @returns {Promise<Sink>}
 *
 * @typedef {object} Sink
 * @property {{ ca: string, port: number, fixed: { host?: string, reason?: string } }} target
 * @property {(wanted?: { feed?: string, inFlight?: number }) => Promise<void>} reset clears the counters, and sets
 *   the tasks of the next cell
 * @property {(from?: number, to?: number) => Promise<{ published: number, first?: string, counts: object, load: number, cpuMs: number }>} stats
 * @property {() => void} stop
 */
export async function startSink(prefix) {
  const [command, ...rest] = [
    ...prefix,
    process.execPath,
    fileURLToPath(new URL("main.mjs", import.meta.url)),
  ];
  const child = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const waiting = new Map();
  let lastId = 0;

  const target = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`the sink exited with code ${code}`)));
    child.on("message", ({ ready, id, answer }) => {
      if (ready) resolve(ready);
      else waiting.get(id)?.(answer);
    });
  });

  const ask = (command, argument) =>
    new Promise((resolve, reject) => {
      const id = ++lastId;
      const timer = setTimeout(() => reject(new Error(`the sink didn't respond to "${command}"`)), ANSWER_MS);
      waiting.set(id, (answer) => {
        waiting.delete(id);
        clearTimeout(timer);
        resolve(answer);
      });
      child.send({ id, command, ...argument });
    });

  return {
    target,
    reset: (wanted) => ask("reset", { wanted }),
    stats: (from, to) => ask("stats", { from, to }),
    stop: () => child.kill(),
  };
}
