import { askSink, connectFleet } from "../fleet.mjs";

const CLIENTS = 5_000;
const PER_SECOND = 1_000;
const QUICK = { clients: 60, perSecond: 30 };
const ROWS = ["until all are reconnected, s", "CPU per device, ms"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "storm",
  once: true,
  peers: ["isohub", "lean", "before", "mqttjs"],
  tables: [
    {
      id: "storm",
      title:
        "5,000 devices of one process lose their connections at once, and the hub accepts 1,000 a second",
      unit: "",
      digits: 2,
      better: "less",
    },
  ],
  rows: ROWS,

  cells: (quick) => [
    {
      row: ROWS[0],
      params: { transport: "TLS", ...(quick ? QUICK : { clients: CLIENTS, perSecond: PER_SECOND }) },
    },
  ],

  async measure(peer, target, { clients, perSecond }) {
    await connectFleet(peer, target, clients);
    const before = process.cpuUsage();
    const { backMs } = await askSink(target, "outage", { ms: 1_000, clients, perSecond });
    const { user, system } = process.cpuUsage(before);
    const values = [backMs / 1000, (user + system) / 1000 / clients];
    return { points: ROWS.map((row, i) => ({ table: "storm", row, value: values[i] })) };
  },
};
