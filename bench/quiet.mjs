import { cpus } from "node:os";

/**
 * Measures how much other processes use the measured cores. Two busy neighbors on one physical core each lose about half of their
 * speed, which shows in CPU time, too.
 *
 * @param {number[]} cores numbers of the cores; empty if nothing is pinned
 */
export function watchNeighbours(cores) {
  const started = process.cpuUsage();
  const before = times(cores);
  let oursMs = 0;
  return {
    /** Adds CPU time used by the benchmark itself. @param {number} ms */
    add(ms) {
      oursMs += ms;
    },
    /** @returns {number | undefined} the share of the cores that other processes used since the start */
    share() {
      const { user, system } = process.cpuUsage(started);
      const after = times(cores);
      const all = after.all - before.all;
      if (all <= 0) return undefined;
      const busy = after.busy - before.busy;
      return Math.max(0, busy - oursMs - (user + system) / 1000) / all;
    },
  };
}

/** @param {number[]} cores */
function times(cores) {
  const known = cpus();
  let all = 0;
  let idle = 0;
  for (const core of cores) {
    const ms = known[core]?.times;
    if (!ms) continue;
    all += ms.user + ms.nice + ms.sys + ms.idle + ms.irq;
    idle += ms.idle;
  }
  return { all, busy: all - idle };
}
