import { parentPort, workerData } from "node:worker_threads";
import type { PartSetup } from "./fleet-part.ts";
import { OwnPart } from "./own-part.ts";
import { type FromThread, type ToThread, threadKey } from "./thread-part.ts";

/** Runs the part of a fleet that this thread was started for. Does nothing in any other thread. */
export async function runPartOfThread(): Promise<void> {
  const setup: PartSetup | undefined = Object(workerData)[threadKey];
  const port = parentPort;
  if (setup === undefined || port === null) return;
  const post = (message: FromThread): void => port.postMessage(message);

  let reported = 0;
  const part = new OwnPart(setup, () => {
    const now = Date.now();
    if (now - reported < 500) return;
    reported = now;
    post({ type: "preparing", ready: part.ready, clients: part.clients });
  });

  port.on("message", async (message: ToThread) => {
    if (message.type !== "run") return part[message.type](message.reason);
    const timer = setInterval(() => post({ type: "live", live: part.live }), Math.min(1000, setup.everyMs));
    const report = await part.run(message.startAt);
    clearInterval(timer);
    post({ type: "report", report });
  });

  await part.prepare();
  post({ type: "prepared", clients: part.clients });
}
