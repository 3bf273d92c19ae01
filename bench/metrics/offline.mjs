import { askSink } from "../fleet.mjs";
import { Sender } from "../sender.mjs";
import { watchTicks } from "../ticks.mjs";
import { pause } from "./loop.mjs";

const MESSAGES = 100_000;
const QUICK_MESSAGES = 5_000;
/** Long enough to queue all messages, and shorter than their time-out. */
const OUTAGE_MS = 5_000;
/** Until the client has noticed that its connection is lost. */
const NOTICE_MS = 300;
/** Messages for each turn of the event loop, as a program that measures would send them. */
const PER_TURN = 100;
const ROWS = ["memory per message, KiB", "time until all are acknowledged, s", "longest block, ms"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "offline",
  once: true,
  // The official SDK rejects a message without a connection.
  peers: ["isohub", "lean", "before", "mqttjs"],
  nodeFlags: ["--expose-gc"],
  tables: [
    {
      id: "offline",
      title: "100,000 messages sent over TLS while the hub is unavailable, from its return on",
      unit: "",
      digits: 2,
      better: "less",
    },
  ],
  rows: ROWS,

  cells: (quick) => [
    {
      row: ROWS[0],
      params: { transport: "TLS", bodyBytes: 200, messages: quick ? QUICK_MESSAGES : MESSAGES },
    },
  ],

  async measure(peer, target, { bodyBytes, messages }) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    const sender = new Sender(device, bodyBytes);
    const before = memory();
    const back = askSink(target, "outage", { ms: OUTAGE_MS, clients: 1 });
    await pause(NOTICE_MS);
    let left = messages;
    const done = new Promise((resolve, reject) => {
      const settle = (error) => {
        if (error instanceof Error) reject(error);
        else if (--left === 0) resolve();
      };
      queue(sender, messages, settle).catch(reject);
    });
    while (sender.sent < messages) await pause(10);
    const bytes = (memory() - before) / messages;
    if (left < messages) throw new Error("messages were acknowledged while the hub should be unavailable");
    const ticks = watchTicks();
    await Promise.race([back, done]);
    const start = performance.now();
    await done;
    const seconds = (performance.now() - start) / 1000;
    const values = [bytes / 1024, seconds, await ticks.stop()];
    return {
      points: ROWS.map((row, i) => ({ table: "offline", row, value: values[i] })),
      sent: sender.sent,
    };
  },
};

async function queue(sender, messages, settle) {
  for (let i = 0; i < messages; i++) {
    if (i % PER_TURN === 0) await new Promise((resolve) => setImmediate(resolve));
    sender.send(settle);
  }
}

/** Measures heap and buffers after garbage collection, in bytes. */
function memory() {
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
