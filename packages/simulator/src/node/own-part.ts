import { createControlClient } from "@isohub/emulator/control-client";
import { Simulation } from "../engine/simulation.ts";
import type { LiveResults } from "../formats/live-line.ts";
import { localHub } from "../hub/local-hub.ts";
import type { Report } from "../statistics/report.ts";
import type { FleetPart, PartSetup } from "./fleet-part.ts";
import { nodePlatform } from "./node-platform.ts";

/** A part of a fleet in this thread. */
export class OwnPart implements FleetPart {
  readonly #simulation: Simulation;
  readonly #onProgress: () => void;
  /** Ends the requests to the control API with the run: a hub that hangs would keep the process running. */
  readonly #requests = new AbortController();
  ready = 0;

  /**
   * @param onProgress - called with each device that is prepared
   * @throws {ArgumentError} `invalid_argument`, as `Simulation` does
   */
  constructor(setup: PartSetup, onProgress: () => void = () => {}) {
    const { scenario, shard, secrets, hub: url } = setup;
    const hub = url === undefined ? undefined : localHub(createControlClient(url, { fetch: this.#fetch }));
    this.#simulation = new Simulation(scenario, nodePlatform(setup), { shard, secrets, hub });
    this.#onProgress = onProgress;
  }

  get clients(): number {
    return this.#simulation.plan.devices.reduce((sum, { identities }) => sum + identities.length, 0);
  }

  get live(): LiveResults {
    const simulation = this.#simulation;
    return { counts: simulation.counts(), deliveries: simulation.deliveries(), nowMs: simulation.nowMs };
  }

  prepare(): Promise<void> {
    return this.#simulation.prepare((ready) => {
      this.ready = ready;
      this.#onProgress();
    });
  }

  async run(startAt: number): Promise<Report> {
    try {
      return await this.#simulation.run(startAt);
    } finally {
      this.#requests.abort();
    }
  }

  stop(reason: string): void {
    this.#simulation.stop(reason);
  }

  abort(reason: string): void {
    this.#simulation.abort(reason);
  }

  readonly #fetch = (url: string, init: RequestInit): Promise<Response> =>
    fetch(url, { ...init, signal: this.#requests.signal });
}
