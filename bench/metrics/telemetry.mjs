import { Sender } from "../sender.mjs";

const BODY_BYTES = 200;
const TRANSPORTS = ["TLS", "WSS"];
const IN_FLIGHT = [1, 16, 256];
const WARM_UP_MS = 1_000;
const MEASURED_MS = 2_000;
const QUICK_FACTOR = 0.3;

const rowOf = (transport, inFlight) => `${transport}, ${inFlight} in flight`;

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "telemetry",
  tables: [
    {
      id: "cpu",
      title: "Telemetry, QoS 1, 200 B and 3 properties: CPU per message",
      unit: "µs",
      digits: 2,
      better: "less",
      goals: {
        "TLS, 1 in flight": { mqttjs: 1.1, official: 0.75 },
        "TLS, 16 in flight": { mqttjs: 1.15, official: 0.35 },
        "TLS, 256 in flight": { mqttjs: 1.2, official: 0.27 },
        "WSS, 1 in flight": { mqttjs: 0.78, official: 0.5 },
        "WSS, 256 in flight": { mqttjs: 0.19, official: 0.11 },
      },
    },
    {
      id: "rate",
      title: "Telemetry, the same cells: messages acknowledged per second",
      unit: "1000/s",
      digits: 1,
      better: "more",
      goals: {
        "TLS, 256 in flight": { mqttjs: 0.85, official: 3.8 },
        "WSS, 256 in flight": { mqttjs: 4.8, official: 8 },
      },
    },
  ],
  rows: TRANSPORTS.flatMap((transport) => IN_FLIGHT.map((inFlight) => rowOf(transport, inFlight))),

  cells(quick) {
    const factor = quick ? QUICK_FACTOR : 1;
    return TRANSPORTS.flatMap((transport) =>
      IN_FLIGHT.map((inFlight) => ({
        row: rowOf(transport, inFlight),
        params: {
          transport,
          inFlight,
          bodyBytes: BODY_BYTES,
          warmUpMs: WARM_UP_MS * factor,
          measuredMs: MEASURED_MS * factor,
        },
      })),
    );
  },

  async measure(peer, target, { transport, inFlight, bodyBytes, warmUpMs, measuredMs }) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    const sender = new Sender(device, bodyBytes);
    await sender.closedLoop({ inFlight, ms: warmUpMs });

    const from = Date.now();
    const start = performance.now();
    const cpuBefore = process.cpuUsage();
    const count = await sender.closedLoop({ inFlight, ms: measuredMs });
    const { user, system } = process.cpuUsage(cpuBefore);
    const elapsedMs = performance.now() - start;

    const row = rowOf(transport, inFlight);
    return {
      points: [
        { table: "cpu", row, value: (user + system) / count },
        { table: "rate", row, value: count / elapsedMs },
      ],
      sent: sender.sent,
      from,
      to: Date.now(),
    };
  },
};
