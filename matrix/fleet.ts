import { exponentialBackoff } from "../packages/core/src/connection/retry-policy.ts";
import { stepTimeout } from "../packages/core/src/connection/step-timeout.ts";
import {
  initialSupervisorState,
  reduceSupervisor,
  type SupervisorEvent,
  type SupervisorState,
} from "../packages/core/src/connection/supervisor-state.ts";
import {
  ConnectionDroppedError,
  ConnectionFailedError,
  OperationTimeoutError,
} from "../packages/core/src/errors.ts";

/** A fleet whose hub is away for a time, and then accepts a limited number of connections per second. */
export interface FleetOptions {
  readonly devices: number;
  readonly outageMs: number;
  readonly connectsPerSecond: number;
  /** Whether the hub refuses further attempts, or lets them wait in the order of their arrival. */
  readonly overload: "refuses" | "queues";
  readonly random: () => number;
}

/** The behavior of a fleet. Times are in seconds. */
export interface FleetResult {
  readonly overload: FleetOptions["overload"];
  readonly devices: number;
  readonly attempts: number;
  /** The largest number of attempts of a device. */
  readonly mostAttempts: number;
  /** The attempts per second while some devices weren't connected: the average, and in the busiest second. */
  readonly perSecond: { readonly average: number; readonly most: number };
  /** The attempts in the busiest tenth of a second, once the delays are spread: 10 s after the outage began. */
  readonly mostPerTenth: number;
  /** The times from the return of the hub until half, 95 % and all of the devices were connected. */
  readonly connected: { readonly half: number; readonly most: number; readonly all: number };
}

const tickMs = 10;
const spreadAfterMs = 10_000;
const stepTimeoutMs = 10_000;

/** Simulates the decisions of every client of a fleet, in virtual time. */
export function simulateFleet(options: FleetOptions): FleetResult {
  const fleet = new Fleet(options);
  return fleet.run();
}

class Fleet {
  readonly #options: FleetOptions;
  readonly #rules;
  readonly #states: SupervisorState[];
  readonly #attempts: number[];
  readonly #attemptsPerTick: number[] = [];
  readonly #agenda = new Map<number, (() => void)[]>();
  /** Attempts that wait at the hub: the device, and the number of its attempt. */
  readonly #queue: { readonly device: number; readonly attempt: number }[] = [];
  readonly #connectedAt: number[] = [];
  #now = 0;
  #budget = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    const { devices, random } = options;
    const retryPolicy = exponentialBackoff({}, random);
    this.#rules = { connectionRetry: true, retryPolicy, ownRetryPolicy: false, random };
    const connected = {
      phase: "connected",
      desired: "connected",
      established: true,
      since: -3_600_000,
    } as const;
    this.#states = Array.from({ length: devices }, () => ({ ...initialSupervisorState, ...connected }));
    this.#attempts = Array.from({ length: devices }, () => 0);
  }

  run(): FleetResult {
    const { devices, outageMs, connectsPerSecond } = this.#options;
    const error = new ConnectionDroppedError("connection_dropped", "The connection was reset");
    this.#states.forEach(({ attempt }, device) => {
      this.#dispatch(device, { type: "lost", attempt, error, closedByPeer: false });
    });
    while (this.#connectedAt.length < devices && this.#now < 3_600_000) {
      this.#now += tickMs;
      if (this.#now > outageMs) {
        const added = (connectsPerSecond * tickMs) / 1000;
        this.#budget = Math.min(connectsPerSecond, this.#budget + added);
      }
      for (const run of this.#agenda.get(this.#now) ?? []) run();
      this.#agenda.delete(this.#now);
      this.#serve();
    }
    return this.#result();
  }

  #dispatch(device: number, event: SupervisorEvent): void {
    const state = this.#states[device];
    if (state === undefined) return;
    const next = reduceSupervisor(state, event, this.#now, this.#rules);
    this.#states[device] = next.state;
    for (const effect of next.effects) {
      if (effect.type === "wait") this.#later(effect.ms, () => this.#dispatch(device, { type: "retry" }));
      if (effect.type === "attempt") this.#attempt(device, next.state);
    }
  }

  #attempt(device: number, state: SupervisorState): void {
    const { attempt } = state;
    this.#attempts[device] = (this.#attempts[device] ?? 0) + 1;
    const tick = this.#now / tickMs;
    this.#attemptsPerTick[tick] = (this.#attemptsPerTick[tick] ?? 0) + 1;
    const { outageMs, overload } = this.#options;
    if (this.#now <= outageMs || (overload === "refuses" && this.#budget < 1)) {
      const error = new ConnectionFailedError("connect_failed", "The connection was refused");
      this.#later(tickMs, () => this.#dispatch(device, { type: "failed", attempt, error }));
      return;
    }
    this.#queue.push({ device, attempt });
    const limit = stepTimeout(state, { ...this.#rules, connectStepTimeoutMs: stepTimeoutMs });
    const error = new OperationTimeoutError("There was no CONNACK");
    this.#later(limit, () => this.#dispatch(device, { type: "failed", attempt, error }));
    if (overload === "refuses") this.#serve();
  }

  #serve(): void {
    while (this.#budget >= 1) {
      const next = this.#queue.shift();
      if (next === undefined) return;
      const { device, attempt } = next;
      const state = this.#states[device];
      // Its client has given the attempt up.
      if (state?.attempt !== attempt || state.phase !== "connecting") continue;
      this.#budget -= 1;
      this.#dispatch(device, { type: "opened", attempt });
      this.#connectedAt.push(this.#now);
    }
  }

  #later(ms: number, run: () => void): void {
    const at = this.#now + Math.max(tickMs, Math.ceil(ms / tickMs) * tickMs);
    const runs = this.#agenda.get(at);
    if (runs === undefined) this.#agenda.set(at, [run]);
    else runs.push(run);
  }

  #result(): FleetResult {
    const { devices, overload, outageMs } = this.#options;
    const perSecond = this.#perBucket(1000);
    const attempts = this.#attempts.reduce((sum, one) => sum + one, 0);
    const connectedAfter = (share: number): number =>
      ((this.#connectedAt[Math.ceil(devices * share) - 1] ?? Number.POSITIVE_INFINITY) - outageMs) / 1000;
    return {
      overload,
      devices,
      attempts,
      mostAttempts: Math.max(...this.#attempts),
      perSecond: { average: Math.round(attempts / perSecond.length), most: Math.max(...perSecond) },
      mostPerTenth: Math.max(...this.#perBucket(100).slice(spreadAfterMs / 100)),
      connected: { half: connectedAfter(0.5), most: connectedAfter(0.95), all: connectedAfter(1) },
    };
  }

  #perBucket(ms: number): number[] {
    const buckets = Array.from({ length: Math.ceil(this.#now / ms) }, () => 0);
    this.#attemptsPerTick.forEach((count, tick) => {
      const bucket = Math.min(buckets.length - 1, Math.floor((tick * tickMs) / ms));
      buckets[bucket] = (buckets[bucket] ?? 0) + count;
    });
    return buckets;
  }
}
