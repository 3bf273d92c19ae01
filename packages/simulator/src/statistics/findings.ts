import type { Shard } from "../plan/fleet-plan.ts";
import type { Deliveries } from "./delivery-ledger.ts";
import type { Counts } from "./statistics.ts";

/** The faults of a scenario that were injected, and those that weren't. */
export interface FaultResults {
  readonly injected: number;
  /** The fault and the reason of each. One fails the run, because the results would mean something else. */
  readonly failures: readonly string[];
}

/** The results of a run, or of one shard of it, before they are judged. */
export interface Findings {
  readonly scenario: string;
  readonly seed: number;
  /** The shards that are in it. */
  readonly shards: readonly Shard[];
  /** ISO 8601 in UTC. */
  readonly startedAt: string;
  readonly durationMs: number;
  /** The number of devices, without their modules. */
  readonly devices: number;
  /** The number of devices and modules. */
  readonly clients: number;
  /** Devices and modules that were connected when sending ended. */
  readonly connectedAtEnd: number;
  readonly counts: Counts;
  /** The comparison with the local hub; absent if there is none. */
  readonly deliveries?: Deliveries;
  /** The reason why the run wasn't compared with the local hub; absent if it was, or if there is none. */
  readonly uncompared?: string;
  /** The injected faults, and those that the local hub refused. */
  readonly faults: FaultResults;
  /** The reason why the run ended early; absent if it didn't. */
  readonly stopped?: string;
}
