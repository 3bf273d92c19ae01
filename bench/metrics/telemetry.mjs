import { Sender } from "../sender.mjs";
import { measured } from "./loop.mjs";

const WARM_UP_MS = 700;
const MEASURED_MS = 1_500;
const QUICK_FACTOR = 0.3;

/** The cells: body size, transport, and number of messages in flight. */
const CELLS = [
  ...["TLS", "WSS"].flatMap((transport) =>
    [1, 16, 256].map((inFlight) => ({ transport, inFlight, bodyBytes: 200 })),
  ),
  { transport: "TLS", inFlight: 256, bodyBytes: 4096 },
];

const rowOf = ({ transport, inFlight, bodyBytes }) =>
  `${transport}, ${inFlight} in flight${bodyBytes === 200 ? "" : `, ${bodyBytes / 1024} KiB`}`;

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "telemetry",
  tables: [
    {
      id: "cpu",
      title: "Telemetry, QoS 1, 3 properties, 200 B unless noted otherwise: CPU per message",
      unit: "µs",
      digits: 2,
      better: "less",
      goals: {
        "TLS, 1 in flight": {
          isohub: { mqttjs: 1.1, official: 0.75 },
          lean: { mqttjs: 0.85, official: 0.58 },
        },
        "TLS, 16 in flight": {
          isohub: { mqttjs: 1.15, official: 0.35 },
          lean: { mqttjs: 0.5, official: 0.16 },
        },
        "TLS, 256 in flight": {
          isohub: { mqttjs: 1.2, official: 0.27 },
          lean: { mqttjs: 0.25, official: 0.06 },
        },
        "TLS, 256 in flight, 4 KiB": {
          isohub: { mqttjs: 1.15, official: 0.075 },
          lean: { mqttjs: 0.4, official: 0.025 },
        },
        "WSS, 1 in flight": {
          isohub: { mqttjs: 0.78, official: 0.5 },
          lean: { mqttjs: 0.6, official: 0.36 },
        },
        "WSS, 256 in flight": {
          isohub: { mqttjs: 0.19, official: 0.11 },
          lean: { mqttjs: 0.045, official: 0.025 },
        },
      },
    },
    {
      id: "rate",
      title: "Telemetry, the same cells: messages acknowledged per second",
      unit: "1000/s",
      digits: 1,
      better: "more",
      goals: {
        "TLS, 256 in flight": { isohub: { mqttjs: 0.85, official: 3.8 }, lean: { mqttjs: 4, official: 18 } },
        "WSS, 256 in flight": { isohub: { mqttjs: 4.8, official: 8 }, lean: { mqttjs: 24, official: 40 } },
      },
    },
  ],
  rows: CELLS.map(rowOf),

  cells(quick) {
    const factor = quick ? QUICK_FACTOR : 1;
    return CELLS.map((cell) => ({
      row: rowOf(cell),
      params: { ...cell, warmUpMs: WARM_UP_MS * factor, measuredMs: MEASURED_MS * factor },
    }));
  },

  async measure(peer, target, { transport, inFlight, bodyBytes, warmUpMs, measuredMs }) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    const sender = new Sender(device, bodyBytes);
    await sender.closedLoop({ inFlight, ms: warmUpMs });

    const { cpuMicros, perMs, from, to } = await measured(() =>
      sender.closedLoop({ inFlight, ms: measuredMs }),
    );
    const row = rowOf({ transport, inFlight, bodyBytes });
    return {
      points: [
        { table: "cpu", row, value: cpuMicros },
        { table: "rate", row, value: perMs },
      ],
      sent: sender.sent,
      from,
      to,
    };
  },
};
