import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * @typedef {object} Target
 * @property {number} plainPort
 * @property {number} [tlsPort]
 * @property {string} [ca]
 * @property {string} [password]
 *
 * @typedef {object} Server
 * @property {Target} target
 * @property {() => number} cpuMicros - the CPU time that it has used
 * @property {() => number} residentBytes
 * @property {() => Promise<void>} stop
 */

const CLOCK_TICK_MICROS = 10_000;

/**
 * Starts a program of this folder in its own process.
 *
 * @param {string} file @param {string[]} args @param {string[]} prefix - of the command, to pin it to a core
 * @returns {Promise<Server>}
 */
export async function startProgram(file, args, prefix) {
  const program =
    process.env[`BENCH_HUB_${file.toUpperCase()}`] ?? fileURLToPath(new URL(`${file}.mjs`, import.meta.url));
  const [command, ...rest] = [...prefix, process.execPath, program, ...args];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  return serverOf(child, JSON.parse(String(line)));
}

/** Starts mosquitto, if it is installed. @param {string[]} prefix @returns {Promise<Server | undefined>} */
export async function startMosquitto(prefix) {
  const folder = await mkdtemp(join(tmpdir(), "isohub-bench-"));
  const plainPort = await freePort();
  const file = join(folder, "mosquitto.conf");
  await writeFile(
    file,
    `persistence false\nlistener ${plainPort} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 0\n`,
  );
  const [command, ...rest] = [...prefix, "mosquitto", "-c", file];
  const child = spawn(command, rest, {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin` },
  });
  const started = await Promise.race([
    printed(child.stderr, / running/).then(() => true),
    once(child, "error").then(() => false),
    once(child, "exit").then(() => false),
  ]);
  return started ? serverOf(child, { plainPort }) : undefined;
}

/** @param {import("node:child_process").ChildProcess} child @param {Target} target @returns {Server} */
function serverOf(child, target) {
  return {
    target,
    cpuMicros() {
      const fields = readFileSync(`/proc/${child.pid}/stat`, "utf8")
        .replace(/^.*\) /, "")
        .split(" ");
      return (Number(fields[11]) + Number(fields[12])) * CLOCK_TICK_MICROS;
    },
    residentBytes() {
      const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
      return Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1]) * 1024;
    },
    async stop() {
      child.kill();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

/** Resolves when a program has printed something. It goes on reading: a program whose output is closed may end. */
function printed(stream, text) {
  return new Promise((resolve) => {
    let output = "";
    stream.on("data", (part) => {
      output += part;
      if (text.test(output)) resolve();
    });
  });
}

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
