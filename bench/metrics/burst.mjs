import { Sender } from "../sender.mjs";
import { watchTicks } from "../ticks.mjs";

const COUNT = 20_000;
const WARM_UP = { inFlight: 256, ms: 5_000, max: 2_000 };
const TRANSPORTS = ["TLS", "WSS"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "burst",
  tables: [
    {
      id: "block",
      title: "20,000 sends at once: longest block of the event loop until all are acknowledged",
      unit: "ms",
      digits: 0,
      better: "less",
      goals: {
        TLS: { isohub: { itself: 60, mqttjs: 0.27, official: 0.1 }, lean: { official: 0.07 } },
        WSS: { isohub: { itself: 60 } },
      },
    },
    {
      id: "queue",
      title: "20,000 sends at once: time in the send calls themselves",
      unit: "ms",
      digits: 0,
      better: "less",
    },
    {
      id: "settle",
      title: "20,000 sends at once: time until the last acknowledgement",
      unit: "ms",
      digits: 0,
      better: "less",
    },
  ],
  rows: TRANSPORTS,

  cells: () => TRANSPORTS.map((transport) => ({ row: transport, params: { transport, bodyBytes: 200 } })),

  async measure(peer, target, { transport, bodyBytes }) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    const sender = new Sender(device, bodyBytes);
    await sender.closedLoop(WARM_UP);
    await new Promise((resolve) => setTimeout(resolve, 200));

    const ticks = watchTicks();
    const from = Date.now();
    const start = performance.now();
    const allDone = sendAll(sender);
    const queueMs = performance.now() - start;
    await allDone;
    const settleMs = performance.now() - start;

    return {
      points: [
        { table: "block", row: transport, value: await ticks.stop() },
        { table: "queue", row: transport, value: queueMs },
        { table: "settle", row: transport, value: settleMs },
      ],
      sent: sender.sent,
      from,
      to: Date.now(),
    };
  },
};

function sendAll(sender) {
  return new Promise((resolve, reject) => {
    let left = COUNT;
    const done = (error) => {
      if (error instanceof Error) reject(error);
      else if (--left === 0) resolve();
    };
    for (let i = 0; i < COUNT; i++) sender.send(done);
  });
}
