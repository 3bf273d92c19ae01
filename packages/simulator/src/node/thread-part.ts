import { Worker } from "node:worker_threads";
import type { LiveResults } from "../formats/live-line.ts";
import type { Report } from "../statistics/report.ts";
import type { FleetPart, PartSetup } from "./fleet-part.ts";

/** Messages to the thread of a part. */
export type ToThread =
  | { readonly type: "run"; readonly startAt: number }
  | { readonly type: "stop" | "abort"; readonly reason: string };

/** Messages from the thread of a part. */
export type FromThread =
  | { readonly type: "preparing"; readonly ready: number; readonly clients: number }
  | { readonly type: "prepared"; readonly clients: number }
  | { readonly type: "live"; readonly live: LiveResults }
  | { readonly type: "report"; readonly report: Report };

/** The property of a thread's data with the setup of its part. */
export const threadKey = "isohubSimulation";

/** A part of a fleet in a worker thread. */
export class ThreadPart implements FleetPart {
  readonly #worker: Worker;
  readonly #prepared: Promise<void>;
  readonly #report: Promise<Report>;
  clients = 0;
  ready = 0;
  live: LiveResults | undefined;

  constructor(setup: PartSetup) {
    // In the published package, this module is part of the command's, which runs the part in the thread.
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { [threadKey]: setup } });
    const failed = new Promise<never>((_resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("exit", (code) => reject(new Error(`a worker thread ended with code ${code}`)));
    });
    failed.catch(() => {});
    const received = <Type extends FromThread["type"]>(
      type: Type,
    ): Promise<Extract<FromThread, { type: Type }>> =>
      Promise.race([
        failed,
        new Promise<Extract<FromThread, { type: Type }>>((resolve) => {
          this.#worker.on("message", (message: FromThread) => {
            if (message.type === type) resolve(message as Extract<FromThread, { type: Type }>);
          });
        }),
      ]);
    this.#worker.on("message", (message: FromThread) => {
      if (message.type === "live") this.live = message.live;
      if (message.type === "preparing") this.ready = message.ready;
      if (message.type === "preparing" || message.type === "prepared") this.clients = message.clients;
    });
    this.#prepared = received("prepared").then(() => {});
    this.#report = received("report").then(({ report }) => report);
    this.#report.catch(() => {});
  }

  prepare(): Promise<void> {
    return this.#prepared;
  }

  run(startAt: number): Promise<Report> {
    this.#post({ type: "run", startAt });
    return this.#report.finally(() => void this.#worker.terminate());
  }

  stop(reason: string): void {
    this.#post({ type: "stop", reason });
  }

  abort(reason: string): void {
    this.#post({ type: "abort", reason });
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }
}
