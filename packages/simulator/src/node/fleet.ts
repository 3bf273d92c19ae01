import { availableParallelism } from "node:os";
import type { Scenario } from "../document/scenario.ts";
import type { LiveResults } from "../formats/live-line.ts";
import { mergeCounts, mergeDeliveries, mergeFindings } from "../statistics/merge.ts";
import { completeReport, type Report } from "../statistics/report.ts";
import type { FleetPart, PartSetup } from "./fleet-part.ts";
import { OwnPart } from "./own-part.ts";
import { ThreadPart } from "./thread-part.ts";

// A thread takes some 50 MB and a second of work to start.
const devicesPerThread = 200;

/** Returns the number of threads for a fleet. */
export function threadsFor(devices: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.ceil(devices / devicesPerThread)));
}

/** A fleet in one process: in this thread, or in several others. */
export class Fleet {
  readonly #scenario: Scenario;
  readonly #setup: PartSetup;
  readonly #parts: readonly FleetPart[];

  /** @throws {ArgumentError} `invalid_argument`, as `Simulation` does */
  constructor(setup: PartSetup, threads: number) {
    this.#setup = setup;
    this.#scenario = setup.scenario;
    const { index, count } = setup.shard;
    const shards = Array.from({ length: threads }, (_, thread) => ({
      index: index + count * thread,
      count: count * threads,
    }));
    this.#parts =
      threads === 1 ? [new OwnPart(setup)] : shards.map((shard) => new ThreadPart({ ...setup, shard }));
  }

  /** The number of devices and modules. */
  get clients(): number {
    return this.#parts.reduce((sum, { clients }) => sum + clients, 0);
  }

  /** The number of devices that are prepared. */
  get ready(): number {
    return this.#parts.reduce((sum, { ready }) => sum + ready, 0);
  }

  /** The latest results of all parts; `undefined` until each has some. */
  get live(): LiveResults | undefined {
    const live = this.#parts.flatMap((part) => part.live ?? []);
    if (live.length < this.#parts.length) return undefined;
    const deliveries = live.flatMap((each) => each.deliveries ?? []);
    return {
      counts: mergeCounts(live.map(({ counts }) => counts)),
      deliveries: deliveries.length === 0 ? undefined : mergeDeliveries(deliveries),
      nowMs: Math.max(...live.map(({ nowMs }) => nowMs)),
    };
  }

  async prepare(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.prepare()));
  }

  /** Runs the scenario. @returns the report of this shard */
  async run(startAt: number): Promise<Report> {
    const reports = await Promise.all(this.#parts.map((part) => part.run(startAt)));
    const [first] = reports;
    if (first === undefined) throw new Error("a fleet must have a part");
    const findings = { ...mergeFindings(first, reports), shards: [this.#setup.shard] };
    return completeReport(findings, this.#scenario.thresholds);
  }

  stop(reason: string): void {
    for (const part of this.#parts) part.stop(reason);
  }

  abort(reason: string): void {
    for (const part of this.#parts) part.abort(reason);
  }
}
