import { askSink, connectFleet } from "../fleet.mjs";

const CLIENTS = 500;
const OUTAGE_MS = 12_000;
const QUICK = { clients: 40, ms: 1_500 };
const ROWS = ["until all are reconnected, s", "CPU until then, s"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "outage",
  once: true,
  tables: [
    {
      id: "outage",
      title: "500 subscribed devices, hub unavailable for 12 s: time after it returns",
      unit: "s",
      digits: 2,
      better: "less",
      goals: {
        "until all are reconnected, s": { isohub: { official: 0.5 }, lean: { official: 0.5 } },
        "CPU until then, s": { isohub: { official: 0.5 }, lean: { official: 0.3 } },
      },
    },
  ],
  rows: ROWS,

  cells: (quick) => [
    { row: ROWS[0], params: { transport: "TLS", ...(quick ? QUICK : { clients: CLIENTS, ms: OUTAGE_MS }) } },
  ],

  async measure(peer, target, { clients, ms }) {
    const devices = await connectFleet(peer, target, clients);
    // The official SDK reconnects automatically only while it has a listener.
    await Promise.all(devices.map((device) => device.onMessage(() => {})));
    const before = process.cpuUsage();
    const { backMs } = await askSink(target, "outage", { ms, clients });
    const { user, system } = process.cpuUsage(before);
    const values = [backMs / 1000, (user + system) / 1e6];
    return { points: ROWS.map((row, i) => ({ table: "outage", row, value: values[i] })) };
  },
};
