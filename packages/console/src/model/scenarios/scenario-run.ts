import { leanEngine } from "@isohub/browser";
import { setPageTimer } from "@isohub/browser/timer";
import {
  type Counts,
  type LocalHub,
  localHub,
  type Report,
  type Scenario,
  Simulation,
} from "@isohub/simulator";
import { type Signal, signal } from "@preact/signals";
import type { HubAccess } from "../hub/hub-access.ts";
import { messageOf } from "../message-of.ts";
import { repaint } from "../repaint.ts";
import type { WireLog } from "../wire/wire-log.ts";

/** The run of a scenario in this page, against the local hub. */
export class ScenarioRun {
  readonly state: Signal<"idle" | "preparing" | "running" | "done"> = signal("idle");
  readonly report: Signal<Report | undefined> = signal(undefined);
  readonly error: Signal<string | undefined> = signal(undefined);
  readonly #hub: HubAccess;
  readonly #wire: WireLog;
  #simulation: Simulation | undefined;

  constructor(hub: HubAccess, wire: WireLog) {
    this.#hub = hub;
    this.#wire = wire;
  }

  /** The counts so far, and the elapsed share of the run. */
  get progress(): { readonly counts: Counts; readonly share: number; readonly devices: number } | undefined {
    const simulation = this.#simulation;
    if (simulation === undefined) return undefined;
    const { endMs, total } = simulation.plan;
    return {
      counts: simulation.counts(),
      share: Math.min(1, Math.max(0, simulation.nowMs) / endMs),
      devices: total,
    };
  }

  /** Runs a scenario to its end. */
  async start(scenario: Scenario): Promise<void> {
    if (this.state.peek() === "preparing" || this.state.peek() === "running") return;
    this.report.value = undefined;
    this.error.value = undefined;
    this.state.value = "preparing";
    const stop = this.#repaintOften();
    try {
      const platform = {
        ...this.#hub.clients,
        engine: this.#wire.tap(leanEngine),
        clock: { now: () => Date.now(), setTimer: setPageTimer },
      };
      const simulation = new Simulation(scenario, platform, { hub: this.#localHub() });
      this.#simulation = simulation;
      await simulation.prepare();
      this.state.value = "running";
      this.report.value = await simulation.run();
    } catch (error) {
      this.error.value = messageOf(error);
    } finally {
      stop();
      this.state.value = "done";
      repaint();
    }
  }

  /** Ends the run early: devices stop sending and wait for their acknowledgements. */
  stop(): void {
    this.#simulation?.stop("stopped in the console");
  }

  /** The local hub. It never requests a device that doesn't exist, because browsers report such a request as an error. */
  #localHub(): LocalHub {
    const hub = this.#hub;
    return localHub({
      ...hub.client,
      createDevice: (deviceId: string) => hub.register(deviceId),
      createModule: (deviceId: string, moduleId: string) => hub.register(`${deviceId}/${moduleId}`),
    });
  }

  #repaintOften(): () => void {
    const timer = setInterval(repaint, 250);
    return () => clearInterval(timer);
  }
}
