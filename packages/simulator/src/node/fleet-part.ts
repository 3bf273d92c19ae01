import type { Scenario } from "../document/scenario.ts";
import type { LiveResults } from "../formats/live-line.ts";
import type { Shard } from "../plan/fleet-plan.ts";
import type { Report } from "../statistics/report.ts";

/** Options of a part of a fleet. JSON, so that it can be sent to a worker thread. */
export interface PartSetup {
  readonly scenario: Scenario;
  readonly shard: Shard;
  readonly secrets: Readonly<Record<string, string | undefined>>;
  /** The control API of the local hub. */
  readonly hub: string | undefined;
  /** Whether devices connect to the local hub without TLS. */
  readonly plain: boolean;
  readonly sourceAddresses: readonly string[];
  /** The interval at which a worker thread reports its results, in milliseconds. */
  readonly everyMs: number;
}

/** A part of a fleet, in this thread or in another. */
export interface FleetPart {
  /** The number of devices and modules. */
  readonly clients: number;
  /** The number of devices that are prepared. */
  readonly ready: number;
  /** The latest results; `undefined` before the first. */
  readonly live: LiveResults | undefined;
  prepare(): Promise<void>;
  /** @param startAt - in milliseconds since 1970 */
  run(startAt: number): Promise<Report>;
  /** Ends the part early; it drains. */
  stop(reason: string): void;
  /** Ends the part at once. */
  abort(reason: string): void;
}
