// The worker thread of `isohub simulate`. It has no exports.
import { parentPort, workerData } from "node:worker_threads";
import type { PartSetup } from "./node/fleet-part.ts";
import { OwnPart } from "./node/own-part.ts";
import type { FromThread, ToThread } from "./node/thread-part.ts";

const setup = workerData as PartSetup;
const post = (message: FromThread): void => parentPort?.postMessage(message);

let reported = 0;
const part = new OwnPart(setup, () => {
  const now = Date.now();
  if (now - reported < 500) return;
  reported = now;
  post({ type: "preparing", ready: part.ready, clients: part.clients });
});

parentPort?.on("message", async (message: ToThread) => {
  if (message.type !== "run") part[message.type](message.reason);
  else {
    const timer = setInterval(() => post({ type: "live", live: part.live }), Math.min(1000, setup.everyMs));
    const report = await part.run(message.startAt);
    clearInterval(timer);
    post({ type: "report", report });
  }
});

await part.prepare();
post({ type: "prepared", clients: part.clients });
