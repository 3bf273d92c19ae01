import { connectFleet } from "../fleet.mjs";
import { pause } from "./loop.mjs";

const DEVICES = 5_000;
const QUICK_DEVICES = 200;
const ROWS = ["resident memory", "JavaScript heap"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "memory",
  once: true,
  nodeFlags: ["--expose-gc"],
  tables: [
    {
      id: "memory",
      title: "5,000 idle devices connected over TLS in one process: memory per device",
      unit: "KiB",
      digits: 1,
      better: "less",
      goals: {
        "resident memory": { isohub: { official: 0.72 }, lean: { official: 0.58 } },
        "JavaScript heap": { isohub: { official: 0.65 }, lean: { official: 0.28 } },
      },
    },
  ],
  rows: ROWS,

  cells: (quick) => [
    { row: ROWS[0], params: { transport: "TLS", devices: quick ? QUICK_DEVICES : DEVICES } },
  ],

  async measure(peer, target, { devices: count }) {
    // Loading and the first connections need memory once, not for each device.
    const first = await connectFleet(peer, target, 20);
    const before = await settled();
    const devices = await connectFleet(peer, target, count);
    const after = await settled();
    const values = [after.rss - before.rss, after.heapUsed - before.heapUsed].map(
      (bytes) => bytes / count / 1024,
    );
    if (first.length + devices.length !== count + 20) throw new Error("some devices didn't connect");
    return { points: ROWS.map((row, i) => ({ table: "memory", row, value: values[i] })) };
  },
};

/** Measures memory after garbage collection. */
async function settled() {
  for (let i = 0; i < 4; i++) {
    globalThis.gc();
    await pause(100);
  }
  return process.memoryUsage();
}
