const ROWS = ["import", "import, client object", "import, client, connected"];

/** The same process with nothing to import: the time of the module loader itself. */
const empty = {
  name: "empty",
  title: "empty module",
  packages: [],
  load: () => import("./empty.mjs"),
  create: () => ({ connect: async () => {}, send: () => {} }),
};

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "import",
  tables: [
    {
      id: "time",
      title: "First import in a new process, over TLS: time compared with importing an empty module",
      unit: "ms",
      digits: 1,
      better: "less",
      goals: {
        import: { isohub: { itself: 15 }, lean: { itself: 15 } },
        "import, client object": { isohub: { itself: 15 }, lean: { itself: 15 } },
        "import, client, connected": { isohub: { official: 0.65 }, lean: { official: 0.12 } },
      },
    },
  ],
  rows: ROWS,
  baselines: { empty: { peer: empty } },

  cells: () => [{ row: ROWS[0], params: { transport: "TLS" } }],

  async measure(peer, target) {
    const start = performance.now();
    const loaded = await peer.load();
    const imported = performance.now();
    const device = await peer.create(loaded, target);
    const created = performance.now();
    await device.connect();
    const connected = performance.now();
    return {
      points: [imported, created, connected].map((at, i) => ({
        table: "time",
        row: ROWS[i],
        value: at - start,
      })),
    };
  },
};
