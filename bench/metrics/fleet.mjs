import { connectFleet } from "../fleet.mjs";
import { createBody, createProperties } from "../message.mjs";
import { measured } from "./loop.mjs";

const PER_SECOND = 3_000;
const SIZES = [100, 1_000, 4_000];
const QUICK_SIZES = [20, 40, 80];
const TURN_MS = 10;
const MEASURED_MS = 5_000;
const QUICK_MS = 500;

const rowOf = (devices) => `${devices.toLocaleString("en")} devices`;

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "fleet",
  once: true,
  peers: ["isohub", "lean", "before", "mqttjs"],
  tables: [
    {
      id: "fleet",
      title: "Devices over TLS in one process that send 3,000 messages a second together: CPU per message",
      unit: "µs",
      digits: 1,
      better: "less",
    },
  ],
  rows: SIZES.map(rowOf),

  cells: (quick) =>
    SIZES.map((devices, i) => ({
      row: rowOf(devices),
      params: {
        transport: "TLS",
        size: devices,
        devices: quick ? QUICK_SIZES[i] : devices,
        ms: quick ? QUICK_MS : MEASURED_MS,
      },
    })),

  async measure(peer, target, { devices: count, size, ms }) {
    const devices = await connectFleet(peer, target, count);
    const body = createBody(200);
    let sent = 0;
    // Each device in turn, so that all of them send.
    const send = () =>
      new Promise((resolve, reject) => {
        const device = devices[sent % count];
        device.send(body, createProperties(sent++), (error) =>
          error instanceof Error ? reject(error) : resolve(),
        );
      });
    const run = (forMs) => steadily(send, forMs);
    await run(ms / 5);
    const { cpuMicros, from, to } = await measured(() => run(ms));
    return { points: [{ table: "fleet", row: rowOf(size), value: cpuMicros }], from, to };
  },
};

/** Sends at the rate, a few in each turn. @returns {Promise<number>} the number of messages, once all are acknowledged */
async function steadily(send, ms) {
  const total = (PER_SECOND * ms) / 1000;
  const start = performance.now();
  const acknowledged = [];
  while (acknowledged.length < total) {
    const due = Math.min(total, ((performance.now() - start) * PER_SECOND) / 1000);
    while (acknowledged.length < due) acknowledged.push(send());
    await new Promise((resolve) => setTimeout(resolve, TURN_MS));
  }
  await Promise.all(acknowledged);
  return acknowledged.length;
}
