import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Chooses one core for the client and another for the sink, if the system has `taskset` and allows two.
 *
 * @returns {{ client: string[], sink: string[], numbers: number[], note: string }} command prefixes
 */
export function pickCores() {
  const cores = allowedCores();
  if (cores.length < 2)
    return { client: [], sink: [], numbers: [], note: "not pinned: fewer than two cores" };
  const [client, sink] = cores;
  if (spawnSync("taskset", ["-c", `${client}`, "true"]).status !== 0) {
    return { client: [], sink: [], numbers: [], note: "not pinned: taskset isn't installed" };
  }
  return {
    client: ["taskset", "-c", `${client}`],
    sink: ["taskset", "-c", `${sink}`],
    numbers: [client, sink],
    note: `client on core ${client}, sink on core ${sink}`,
  };
}

/** Lists the cores that this process may use. In a container, they may not start at 0. @returns {number[]} */
function allowedCores() {
  let list;
  try {
    list = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  } catch {
    return [];
  }
  return (list ?? "").split(",").flatMap((range) => {
    const [from, to = from] = range.split("-").map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => from + i);
  });
}
