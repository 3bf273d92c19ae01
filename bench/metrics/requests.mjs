import { closedLoop, measured } from "./loop.mjs";

const WARM_UP_MS = 600;
const MEASURED_MS = 1_200;
const QUICK_FACTOR = 0.3;
const IN_FLIGHT = [1, 16];
const KINDS = ["twin get", "reported patch"];

const rowOf = (kind, inFlight) => `${kind}, ${inFlight} in flight`;

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "requests",
  tables: [
    {
      id: "cpu",
      title: "Twin requests over TLS: CPU per request",
      unit: "µs",
      digits: 2,
      better: "less",
      goals: {
        "twin get, 1 in flight": { isohub: { official: 0.42 }, lean: { official: 0.36 } },
        "twin get, 16 in flight": { isohub: { official: 0.24 }, lean: { official: 0.14 } },
        "reported patch, 1 in flight": { isohub: { official: 0.62 }, lean: { official: 0.52 } },
        "reported patch, 16 in flight": { isohub: { official: 0.36 }, lean: { official: 0.16 } },
      },
    },
    {
      id: "rate",
      title: "Twin requests, the same cells: responses per second",
      unit: "1000/s",
      digits: 1,
      better: "more",
    },
  ],
  rows: KINDS.flatMap((kind) => IN_FLIGHT.map((inFlight) => rowOf(kind, inFlight))),

  cells(quick) {
    const factor = quick ? QUICK_FACTOR : 1;
    return KINDS.flatMap((kind) =>
      IN_FLIGHT.map((inFlight) => ({
        row: rowOf(kind, inFlight),
        params: {
          transport: "TLS",
          hub: { feed: "twin" },
          kind,
          inFlight,
          warmUpMs: WARM_UP_MS * factor,
          measuredMs: MEASURED_MS * factor,
        },
      })),
    );
  },

  async measure(peer, target, { kind, inFlight, warmUpMs, measuredMs }) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    await device.prepareTwin?.();
    let served = 0;
    const request = (done) => {
      served++;
      if (kind === "twin get") device.getTwin(done);
      else device.patchReported({ firmware: "1.2.3", sequence: served }, done);
    };
    await closedLoop(request, { inFlight, ms: warmUpMs });
    const { cpuMicros, perMs, from, to } = await measured(() =>
      closedLoop(request, { inFlight, ms: measuredMs }),
    );
    const row = rowOf(kind, inFlight);
    return {
      points: [
        { table: "cpu", row, value: cpuMicros },
        { table: "rate", row, value: perMs },
      ],
      served,
      from,
      to,
    };
  },
};
