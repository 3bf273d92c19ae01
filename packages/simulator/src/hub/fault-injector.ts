import { asError } from "@isohub/core/internal";
import { faultArguments } from "@isohub/emulator/control-client";
import { durationMs } from "../document/duration.ts";
import { faultEnds } from "../document/fault-names.ts";
import { groupName } from "../document/group-ids.ts";
import type { DeviceSelection, Scenario, ScheduledFault } from "../document/scenario.ts";
import { hash, hashShare } from "../generators/random.ts";
import type { FleetPlan, Shard } from "../plan/fleet-plan.ts";
import type { SimulatedIdentity } from "../plan/identity.ts";
import type { Schedule } from "../time/schedule.ts";
import type { LocalHub } from "./local-hub.ts";

/** A call of the local hub's fault injection, and its time. */
interface FaultCall {
  readonly atMs: number;
  readonly fault: string;
  readonly args: readonly unknown[];
}

/** Injects the faults of a scenario into the local hub: those of a shard's devices, and in the first shard those of the whole hub. */
export class FaultInjector {
  readonly #calls: readonly FaultCall[];
  readonly #failures: string[] = [];
  #injected = 0;

  constructor(scenario: Scenario, plan: FleetPlan, shard: Shard) {
    this.#calls = (scenario.faults ?? []).flatMap((fault, index) => {
      const chosen = "devices" in fault ? chooseDevices(scenario, plan, fault.devices, index) : undefined;
      return callsOf(fault, chosen, shard.index === 0);
    });
  }

  /** The number of injected faults, and of ends of faults. */
  get injected(): number {
    return this.#injected;
  }

  /** The faults that the hub has refused, with the reasons. */
  get failures(): readonly string[] {
    return this.#failures;
  }

  /** Schedules all faults. */
  schedule(schedule: Schedule, hub: LocalHub): void {
    for (const { atMs, fault, args } of this.#calls) {
      schedule.at(atMs, () => {
        hub.inject(fault, ...args).then(
          () => this.#injected++,
          (error: unknown) => this.#failures.push(`${fault}: ${asError(error).message}`),
        );
      });
    }
  }
}

/** Chooses devices by the seed, so that every shard chooses the same. Returns those of this shard. */
export function chooseDevices(
  { seed = 1, groups }: Scenario,
  plan: FleetPlan,
  { group, share = 1, count }: DeviceSelection = {},
  salt: number,
): SimulatedIdentity[] {
  const own = plan.devices
    .flatMap(({ identities }) => identities.slice(0, 1))
    .filter(({ groupName }) => group === undefined || groupName === group);
  if (count === undefined) return own.filter(({ number }) => hashShare(seed, 201, salt, number) < share);
  let first = 0;
  const candidates = groups.flatMap((each) => {
    const numbers = Array.from({ length: each.count }, (_, index) => first + index);
    first += each.count;
    return group === undefined || groupName(each) === group ? numbers : [];
  });
  const order = (number: number): number => hash(seed, 201, salt, number);
  const chosen = new Set(candidates.sort((one, other) => order(one) - order(other)).slice(0, count));
  return own.filter(({ number }) => chosen.has(number));
}

function callsOf(
  fault: ScheduledFault,
  chosen: readonly SimulatedIdentity[] | undefined,
  isFirstShard: boolean,
): FaultCall[] {
  const { fault: name, at, ...rest } = fault;
  const { devices: _devices, for: length, ...given } = rest as Readonly<Record<string, unknown>>;
  const atMs = durationMs(at);
  const targets =
    chosen === undefined
      ? isFirstShard
        ? [{}]
        : []
      : chosen.map(({ deviceId }) => ({ deviceId, registrationId: deviceId }));
  return targets.flatMap((target) => {
    const values = { ...given, ...target };
    const begin: FaultCall = { atMs, fault: name, args: faultArguments(name, values) };
    const end = faultEnds[name];
    if (length === undefined || end === undefined) return [begin];
    const cleared = { ...values, ms: 0, seconds: 0 };
    return [
      begin,
      { atMs: atMs + durationMs(String(length)), fault: end, args: faultArguments(end, cleared) },
    ];
  });
}
