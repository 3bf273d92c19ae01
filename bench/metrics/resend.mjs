import { askSink } from "../fleet.mjs";
import { createBody, createProperties } from "../message.mjs";
import { pause } from "./loop.mjs";

const MESSAGES = 300;
const DELAY_MS = 20;
const ROWS = ["until all are acknowledged, ms", "marked with DUP, of 300"];

/** @type {import("./metric.mjs").Metric} */
export const metric = {
  name: "resend",
  tables: [
    {
      id: "resend",
      title:
        "300 messages in flight at a drop, acknowledged 20 ms after they are resent: time from the new CONNECT",
      unit: "ms",
      digits: 0,
      better: "less",
      goals: {
        "until all are acknowledged, ms": {
          isohub: { official: 0.5, mqttjs: 0.014 },
          lean: { official: 0.35, mqttjs: 0.014 },
        },
      },
    },
  ],
  rows: ROWS,

  cells: () => [{ row: ROWS[0], params: { transport: "TLS" } }],

  async measure(peer, target) {
    const device = await peer.create(await peer.load(), target);
    await device.connect();
    const body = createBody(200);
    // The request is sent before the messages.
    const held = askSink(target, "hold", { messages: MESSAGES, delayMs: DELAY_MS });
    await pause(100);
    await Promise.all(
      Array.from(
        { length: MESSAGES },
        (_, i) =>
          new Promise((resolve, reject) => {
            device.send(body, createProperties(i), (error) =>
              error instanceof Error ? reject(error) : resolve(),
            );
          }),
      ),
    );
    const settled = Date.now();
    const { at } = await held;
    const { marked } = await askSink(target, "marked");
    return {
      points: [
        { table: "resend", row: ROWS[0], value: settled - at },
        { table: "resend", row: ROWS[1], value: marked },
      ],
    };
  },
};
