import { measured, pause } from "./loop.mjs";

const WARM_UP_MS = 600;
const MEASURED_MS = 1_200;
const QUICK_FACTOR = 0.3;

/** The deliveries of the hub, and how many of them may wait for a response. */
const KINDS = [
  { row: "direct methods, 16 in flight", feed: "methods", inFlight: 16, listen: "onMethod" },
  { row: "cloud-to-device messages, 256 in flight", feed: "messages", inFlight: 256, listen: "onMessage" },
  { row: "desired patches", feed: "desired", inFlight: 0, listen: "onDesired" },
];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "deliveries",
  tables: [
    {
      id: "cpu",
      title: "Deliveries from the hub over TLS: CPU per delivery, including the response",
      unit: "µs",
      digits: 2,
      better: "less",
      goals: {
        "direct methods, 16 in flight": { isohub: { official: 0.55 }, lean: { official: 0.27 } },
        "cloud-to-device messages, 256 in flight": { isohub: { official: 0.48 }, lean: { official: 0.22 } },
        "desired patches": { isohub: { official: 0.25 }, lean: { official: 0.09 } },
      },
    },
    {
      id: "rate",
      title: "Deliveries from the hub, the same cells: deliveries per second",
      unit: "1000/s",
      digits: 1,
      better: "more",
      goals: {
        "direct methods, 16 in flight": { isohub: { official: 2.5 }, lean: { official: 4 } },
        "cloud-to-device messages, 256 in flight": { isohub: { official: 2.5 }, lean: { official: 6 } },
      },
    },
  ],
  rows: KINDS.map(({ row }) => row),

  cells(quick) {
    const factor = quick ? QUICK_FACTOR : 1;
    return KINDS.map(({ row, feed, inFlight, listen }) => ({
      row,
      params: {
        transport: "TLS",
        hub: { feed, inFlight },
        row,
        listen,
        warmUpMs: WARM_UP_MS * factor,
        measuredMs: MEASURED_MS * factor,
      },
    }));
  },

  async measure(peer, target, { row, listen, warmUpMs, measuredMs }) {
    const device = await peer.create(await peer.load(), target);
    let received = 0;
    const count = () => {
      received++;
    };
    await device.connect();
    await device[listen](count);
    while (received === 0) await pause(1);
    await pause(warmUpMs);
    const { cpuMicros, perMs, from, to } = await measured(async () => {
      const before = received;
      await pause(measuredMs);
      return received - before;
    });
    return {
      points: [
        { table: "cpu", row, value: cpuMicros },
        { table: "rate", row, value: perMs },
      ],
      received,
      from,
      to,
    };
  },
};
