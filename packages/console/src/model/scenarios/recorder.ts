import { faultTable } from "@isohub/emulator/control-client";
import { type Group, type Scenario, type ScheduledFault, scenarioFaultNames } from "@isohub/simulator";
import { type Signal, signal } from "@preact/signals";
import type { Fleet } from "../devices/fleet.ts";
import type { FaultLog, InjectedFault } from "../faults/fault-log.ts";
import { givenValues } from "../faults/table-fault.ts";

/** Records the use of the console as a scenario: the devices on the local hub, and the injected faults. */
export class Recorder {
  /** The time at which recording began. */
  readonly since: Signal<number | undefined> = signal(undefined);
  readonly #fleet: Fleet;
  #faults: InjectedFault[] = [];

  constructor(fleet: Fleet, faults: FaultLog) {
    this.#fleet = fleet;
    faults.onInject((fault) => {
      if (this.since.peek() !== undefined) this.#faults.push(fault);
    });
  }

  start(): void {
    this.#faults = [];
    this.since.value = Date.now();
  }

  /** Ends recording. @returns the scenario, without credentials; undefined if no device can be replayed */
  stop(): Scenario | undefined {
    const since = this.since.peek();
    this.since.value = undefined;
    const devices = this.#fleet.devices
      .peek()
      .filter(({ spec, id }) => spec.credential.kind === "local" && !id.includes("/"));
    if (since === undefined || devices.length === 0) return undefined;
    const counts = new Map<string, number>();
    const types: Record<string, Scenario["groups"][number] | object> = {};
    for (const { spec } of devices) {
      counts.set(spec.typeName, (counts.get(spec.typeName) ?? 0) + 1);
      // The type may have been edited in the page.
      types[`${spec.typeName}Recorded`] = spec.type;
    }
    const groups: Group[] = [...counts].map(([name, count]) => ({
      name,
      type: `${name}Recorded`,
      count,
      // The devices of the page may still be connected.
      id: `recorded-${name}-{n}`,
    }));
    const seconds = Math.max(1, Math.round((Date.now() - since) / 1000));
    return {
      name: "recorded",
      seed: 1,
      types: types as NonNullable<Scenario["types"]>,
      groups,
      phases: [
        { phase: "ramp", over: "1s" },
        { phase: "hold", for: `${seconds}s` },
        { phase: "drain", within: "30s" },
      ],
      faults: this.#faults.flatMap((fault) => this.#scheduled(fault, since, devices.length)),
      thresholds: [{ metric: "lost", maximum: 0 }],
    };
  }

  #scheduled(fault: InjectedFault, since: number, devices: number): ScheduledFault[] {
    const name = scenarioFaultNames.find((each) => each === (fault.name === "kick" ? "drop" : fault.name));
    // The others end a fault, or send bytes.
    if (name === undefined) return [];
    const at = `${((fault.at - since) / 1000 + 1).toFixed(1)}s`;
    const selection = fault.deviceIds.length >= devices ? {} : { count: fault.deviceIds.length };
    const values = givenValues(faultTable[name], fault.values).map(([key, value]) => [
      key,
      key === "returnCode" ? Number(value) : value,
    ]);
    const scheduled = {
      fault: name,
      at,
      ...(fault.scope === "hub" ? {} : { devices: selection }),
      ...Object.fromEntries(values),
    };
    return [scheduled as ScheduledFault];
  }
}
