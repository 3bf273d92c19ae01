import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { checkFirst } from "./check.mjs";

const DEADLINE_MS = 90_000;

/**
 * @typedef {object} Cell
 * @property {string} metric
 * @property {string} peer
 * @property {string} row
 * @property {import("./metrics/metric.mjs").Params} params
 *
 * Runs one cell in a process of its own and checks what arrived at the sink.
 *
 * @param {Cell} cell
 * @param {import("./sink/control.mjs").Sink} sink
 * @param {string[]} prefix command that pins the client to a core
 * @returns {Promise<{ points: { table: string, row: string, value: number }[], sinkLoad: number, cpuMs: number }>}
 */
export async function runCell(cell, sink, prefix) {
  await sink.reset();
  const { metric, peer, params } = cell;
  const answer = await runClient(prefix, JSON.stringify({ metric, peer, params, target: sink.target }));
  if (answer.failure) throw new Error(answer.failure);
  const { points, sent, from, to, cpuMs } = answer;
  const { published, first, load } = await sink.stats(from, to);
  if (sent !== undefined) {
    if (published !== sent) throw new Error(`${sent} were acknowledged, but ${published} are in the sink`);
    checkFirst(first, params.bodyBytes);
  }
  return { points, sinkLoad: load, cpuMs };
}

/** @param {string[]} prefix @param {string} argument @returns {Promise<any>} */
function runClient(prefix, argument) {
  const script = fileURLToPath(new URL("client.mjs", import.meta.url));
  const [command, ...rest] = [...prefix, process.execPath, ...profiling(), script, argument];
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
      else reject(new Error(`the client ended with code ${code} and no answer`));
    });
  });
}

/** `BENCH_PROFILE=folder` writes a CPU profile of every client there, to look into what a cell spends. */
function profiling() {
  const folder = process.env.BENCH_PROFILE;
  return folder ? ["--cpu-prof", `--cpu-prof-dir=${folder}`] : [];
}
