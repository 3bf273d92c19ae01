import { defaults } from "../document/defaults.ts";
import { durationMs } from "../document/duration.ts";
import type { ChurnPhase, StormPhase } from "../document/scenario.ts";
import { hashShare, jittered, randomStream } from "../generators/random.ts";
import type { FleetPlan, PlannedPhase } from "../plan/fleet-plan.ts";
import type { Schedule } from "../time/schedule.ts";
import type { SimulatedDevice } from "./simulated-device.ts";

/** A planned device with what simulates it and its modules. */
export interface RunningDevice {
  readonly number: number;
  readonly startMs: number;
  readonly parts: readonly SimulatedDevice[];
}

/** Schedules a run: when devices start, send, upload, lose their connections, and are switched off and on. */
export class PhaseRunner {
  readonly #schedule: Schedule;
  readonly #plan: FleetPlan;
  readonly #seed: number;

  constructor(schedule: Schedule, plan: FleetPlan, seed: number) {
    this.#schedule = schedule;
    this.#plan = plan;
    this.#seed = seed;
  }

  /** Schedules everything that happens to the devices. */
  run(devices: readonly RunningDevice[]): void {
    for (const device of devices) {
      this.#schedule.at(device.startMs, () => this.#start(device));
    }
    for (const [index, planned] of this.#plan.phases.entries()) {
      if (planned.phase.phase === "storm") this.#storm(planned.phase, planned, index, devices);
      if (planned.phase.phase === "churn") {
        for (const device of devices) this.#churn(planned.phase, planned, index, device);
      }
    }
  }

  #start({ parts, startMs }: RunningDevice): void {
    for (const part of parts) {
      void part.switchOn();
      this.#sendOn(part, startMs);
      this.#uploadOn(part, startMs);
    }
  }

  /** Schedules the next message, and with it the ones after. */
  #sendOn(device: SimulatedDevice, startMs: number): void {
    const atMs = startMs + device.plan.nextMs;
    if (atMs >= this.#plan.endMs) return;
    this.#schedule.at(atMs, () => {
      if (device.isOn) device.sendNext();
      else device.plan.skip();
      this.#sendOn(device, startMs);
    });
  }

  #uploadOn(device: SimulatedDevice, startMs: number): void {
    const { type, number, module } = device.identity;
    if (type.uploads === undefined) return;
    const { every, jitter = defaults.jitter } = type.uploads;
    const everyMs = Math.max(1, durationMs(every));
    const random = randomStream(this.#seed, number, module, 105);
    const next = (atMs: number): void => {
      if (atMs >= this.#plan.endMs) return;
      this.#schedule.at(atMs, () => {
        if (device.isOn) void device.upload();
        next(atMs + jittered(everyMs, jitter, random));
      });
    };
    next(startMs + random() * everyMs);
  }

  #storm(
    { share = 1 }: StormPhase,
    { fromMs }: PlannedPhase,
    index: number,
    devices: readonly RunningDevice[],
  ): void {
    this.#schedule.at(fromMs, () => {
      for (const { number, parts } of devices) {
        if (hashShare(this.#seed, 202, index, number) >= share) continue;
        for (const part of parts) part.breakConnection();
      }
    });
  }

  #churn(
    { every, share, off }: ChurnPhase,
    { fromMs, toMs }: PlannedPhase,
    index: number,
    { number, parts }: RunningDevice,
  ): void {
    const random = randomStream(this.#seed, 203, index, number);
    const everyMs = Math.max(1, durationMs(every));
    const offMs = durationMs(off);
    let onAgainMs = 0;
    for (let atMs = fromMs + random() * everyMs; atMs < toMs; atMs += everyMs) {
      const isChosen = random() < share;
      if (!isChosen || atMs < onAgainMs) continue;
      onAgainMs = atMs + offMs;
      this.#schedule.at(atMs, () => {
        for (const part of parts) void part.switchOff(offMs);
      });
      this.#schedule.at(onAgainMs, () => {
        for (const part of parts) void part.switchOn();
      });
    }
  }
}
