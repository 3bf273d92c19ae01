import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkCounts, checkFirst } from "./check.mjs";

const DEADLINE_MS = 120_000;

/**
 * @typedef {object} Cell
 * @property {string} metric
 * @property {string} peer
 * @property {string} row
 * @property {import("./metrics/metric.mjs").Params} params
 * @property {string[]} [nodeFlags]
 *
 * Runs one cell in a separate process, and checks what arrived at the sink.
 *
 * @param {Cell} cell
 * @param {import("./sink/control.mjs").Sink} sink
 * @param {string[]} prefix command that pins the client to a core
 * @returns {Promise<{ points: { table: string, row: string, value: number }[], sinkLoad: number, cpuMs: number }>}
 */
export async function runCell(cell, sink, prefix) {
  const { metric, peer, params, nodeFlags = [] } = cell;
  await sink.reset(params.hub);
  const argument = JSON.stringify({ metric, peer, params, target: sink.target });
  const answer = await runClient([...prefix, process.execPath, ...profiling(), ...nodeFlags], argument);
  if (answer.failure) throw new Error(answer.failure);
  const { points, sent, from, to, cpuMs } = answer;
  const { published, first, counts, load } = await sink.stats(from, to);
  if (sent !== undefined) {
    if (published !== sent)
      throw new Error(`${sent} messages were acknowledged, but ${published} reached the sink`);
    checkFirst(first, params.bodyBytes);
  }
  checkCounts(answer, counts, params.hub?.inFlight ?? 0);
  return { points, sinkLoad: load, cpuMs };
}

/** @param {string[]} node the command that runs Node @param {string} argument @returns {Promise<any>} */
function runClient(node, argument) {
  const script = fileURLToPath(new URL("client.mjs", import.meta.url));
  const [command, ...rest] = [...node, script, argument];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
    let answer = "";
    child.stdio[3].on("data", (text) => {
      answer += text;
    });
    const timer = setTimeout(() => child.kill("SIGKILL"), DEADLINE_MS);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      if (answer !== "") resolve(JSON.parse(answer));
      else if (signal) reject(new Error(`stopped after ${DEADLINE_MS / 1000} s`));
      else reject(new Error(`the client exited with code ${code} and without a result`));
    });
  });
}

/** `BENCH_PROFILE=folder` writes a CPU profile of every client to that folder. */
function profiling() {
  const folder = process.env.BENCH_PROFILE;
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : [];
}
