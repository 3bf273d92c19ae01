import { measured } from "./loop.mjs";

const ROWS = ["TLS", "WSS"];
const AT_ONCE = 8;
const WARM_UP = 24;
const CONNECTIONS = 160;
const QUICK_CONNECTIONS = 24;

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "connect",
  tables: [
    {
      id: "cpu",
      title: "Create, connect and disconnect a client: CPU per client",
      unit: "ms",
      digits: 2,
      better: "less",
      goals: {
        TLS: { isohub: { official: 0.65 }, lean: { official: 0.42 } },
        WSS: { isohub: { official: 0.8 }, lean: { official: 0.45 } },
      },
    },
  ],
  rows: ROWS,

  cells: (quick) =>
    ROWS.map((transport) => ({
      row: transport,
      params: { transport, connections: quick ? QUICK_CONNECTIONS : CONNECTIONS },
    })),

  async measure(peer, target, { transport, connections }) {
    const loaded = await peer.load();
    let made = 0;
    const connectAll = async (count) => {
      const end = made + count;
      const worker = async () => {
        while (made < end) {
          const device = await peer.create(loaded, target, `bench-device-${++made}`);
          await device.connect();
          await device.disconnect();
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE }, worker));
      return count;
    };
    await connectAll(WARM_UP);
    const { cpuMicros, from, to } = await measured(() => connectAll(connections));
    return { points: [{ table: "cpu", row: transport, value: cpuMicros / 1000 }], from, to };
  },
};
