import { typesOf } from "../checks/read-scenario.ts";
import { durationMs } from "../document/duration.ts";
import { deviceIdOf, groupName, idPattern } from "../document/group-ids.ts";
import { defaultDrainMs, longestRunMs, phaseMs } from "../document/phase-length.ts";
import type { Phase, Scenario } from "../document/scenario.ts";
import type { SimulatedIdentity } from "./identity.ts";

/** A part of a fleet: the devices whose number leaves the remainder `index` when it is divided by `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** A phase with its times, in milliseconds since the start of the run. */
export interface PlannedPhase {
  readonly phase: Phase;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A device with its modules, and the time when it begins to connect. */
export interface PlannedDevice {
  /** The device itself, then its modules. */
  readonly identities: readonly SimulatedIdentity[];
  readonly startMs: number;
}

/** The devices of a run and the times of its phases. */
export interface FleetPlan {
  /** The devices of the shard. */
  readonly devices: readonly PlannedDevice[];
  /** The number of devices of all shards. */
  readonly total: number;
  /** The phases without the drain. */
  readonly phases: readonly PlannedPhase[];
  /** The end of sending. */
  readonly endMs: number;
  /** The longest time to wait for acknowledgements after that. */
  readonly drainMs: number;
}

/** Changes to a scenario that the command line makes. */
export interface ScenarioChanges {
  /** The number of all devices; each group keeps its share. */
  readonly devices?: number | undefined;
  /** The length of the last hold phase, in milliseconds. */
  readonly holdMs?: number | undefined;
  /** The highest number of devices that begin to connect in a second: a ramp takes longer if it must. */
  readonly connectRate?: number | undefined;
}

/** The whole fleet as one part. */
export const wholeFleet: Shard = { index: 0, count: 1 };

/** Applies the changes to a scenario. Omits faults after its new end. */
export function changeScenario(
  scenario: Scenario,
  { devices, holdMs, connectRate }: ScenarioChanges,
): Scenario {
  const groups = devices === undefined ? scenario.groups : resize(scenario.groups, devices);
  const count = groups.reduce((sum, group) => sum + group.count, 0);
  const lastHold = scenario.phases.map(({ phase }) => phase).lastIndexOf("hold");
  const phases = scenario.phases.map((phase, index): Phase => {
    if (phase.phase === "hold" && index === lastHold && holdMs !== undefined)
      return { ...phase, for: `${holdMs}ms` };
    if (phase.phase === "ramp" && connectRate !== undefined)
      return {
        ...phase,
        over: `${Math.max(durationMs(phase.over), Math.ceil((count / connectRate) * 1000))}ms`,
      };
    return phase;
  });
  const endMs = longestRunMs(phases);
  const faults = scenario.faults?.filter(({ at }) => durationMs(at) <= endMs);
  return { ...scenario, groups, phases, ...(faults === undefined ? {} : { faults }) };
}

function resize(groups: Scenario["groups"], devices: number): Scenario["groups"] {
  const before = groups.reduce((sum, { count }) => sum + count, 0);
  let seen = 0;
  let given = 0;
  return groups.flatMap((group) => {
    seen += group.count;
    const upTo = Math.round((devices * seen) / before);
    const count = upTo - given;
    given = upTo;
    return count === 0
      ? []
      : [
          {
            ...group,
            count,
            id: idPattern(group).includes("{n}") ? idPattern(group) : `${idPattern(group)}-{n}`,
          },
        ];
  });
}

/** Plans the devices of a shard, and the times of the phases. */
export function planFleet(scenario: Scenario, shard: Shard = wholeFleet): FleetPlan {
  const total = scenario.groups.reduce((sum, { count }) => sum + count, 0);
  const phases: PlannedPhase[] = [];
  let endMs = 0;
  let drainMs = defaultDrainMs;
  for (const phase of scenario.phases) {
    if (phase.phase === "drain") drainMs = phaseMs(phase);
    else {
      const fromMs = endMs;
      endMs += phaseMs(phase);
      phases.push({ phase, fromMs, toMs: endMs });
    }
  }
  const rampMs = phases[0]?.toMs ?? 0;
  const devices = [...identitiesOf(scenario)]
    .filter(([device]) => device !== undefined && device.number % shard.count === shard.index)
    .map((identities) => ({ identities, startMs: (rampMs * (identities[0]?.number ?? 0)) / total }));
  return { devices, total, phases, endMs, drainMs };
}

/** Yields each device of a scenario with its modules. */
function* identitiesOf(scenario: Scenario): Generator<SimulatedIdentity[]> {
  const types = typesOf(scenario);
  let number = 0;
  for (const group of scenario.groups) {
    const type = types[group.type] ?? {};
    const modules = Object.entries(type.modules ?? {});
    for (let numberInGroup = 1; numberInGroup <= group.count; numberInGroup++) {
      const shared = {
        deviceId: deviceIdOf(group, numberInGroup),
        number: number++,
        group,
        groupName: groupName(group),
        numberInGroup,
      };
      yield [
        { ...shared, moduleId: undefined, module: 0, type },
        ...modules.map(([moduleId, name], index) => ({
          ...shared,
          moduleId,
          module: index + 1,
          type: types[name] ?? {},
        })),
      ];
    }
  }
}
