import type { Clock } from "@isohub/core/runtime";
import { webClock } from "@isohub/core/web";
import { isAtLocalHub, readScenario } from "../checks/read-scenario.ts";
import type { Scenario } from "../document/scenario.ts";
import { FaultInjector } from "../hub/fault-injector.ts";
import { HubReader } from "../hub/hub-reader.ts";
import type { LocalHub } from "../hub/local-hub.ts";
import { type FleetPlan, planFleet, type Shard, wholeFleet } from "../plan/fleet-plan.ts";
import { identityName } from "../plan/identity.ts";
import { type Deliveries, DeliveryLedger } from "../statistics/delivery-ledger.ts";
import type { DeviceObserver } from "../statistics/device-observer.ts";
import { completeReport, type Report } from "../statistics/report.ts";
import { type Counts, Statistics } from "../statistics/statistics.ts";
import { Schedule } from "../time/schedule.ts";
import { ClientSource } from "./client-source.ts";
import { PhaseRunner, type RunningDevice } from "./phase-runner.ts";
import type { SimulatorPlatform } from "./platform.ts";
import type { Secrets } from "./secrets.ts";
import { SimulatedDevice } from "./simulated-device.ts";

/** Options of {@link Simulation}. */
export interface SimulationOptions {
  /** The values of the secrets that the scenario names. Default: none. */
  readonly secrets?: Secrets | undefined;
  /** The local hub, for groups at it. Default: none. */
  readonly hub?: LocalHub | undefined;
  /** The part of the fleet. Default: all of it. */
  readonly shard?: Shard | undefined;
  /** Observers of the devices, in addition to the statistics. */
  readonly observers?: readonly DeviceObserver<SimulatedDevice>[] | undefined;
}

// Registering is a request for each device.
const registeredAtOnce = 20;
const closedAtOnce = 200;
const preparedInATask = 10;

/**
 * A run of a scenario: its devices, and what happens to them. Every message depends only on the seed and the number of its device, so
 * shards together send exactly what one process sends.
 *
 * @example
 * const simulation = new Simulation(scenario, { ...isohub, engine: isohub.leanEngine }, { hub });
 * const report = await simulation.run();
 */
export class Simulation {
  readonly scenario: Scenario;
  readonly plan: FleetPlan;
  readonly #platform: SimulatorPlatform;
  readonly #clock: Clock;
  readonly #hub: LocalHub | undefined;
  readonly #shard: Shard;
  readonly #source: ClientSource;
  readonly #observers: readonly DeviceObserver<SimulatedDevice>[];
  readonly #statistics: Statistics;
  readonly #ledger = new DeliveryLedger();
  readonly #running: RunningDevice[] = [];
  readonly #stopping = new Signal();
  readonly #aborting = new Signal();
  #schedule: Schedule | undefined;
  #stopped: string | undefined;

  /**
   * Checks everything, and connects nothing.
   *
   * @param document - a scenario, or JSON with one
   * @throws {ArgumentError} `invalid_argument`: the document isn't a scenario, a secret is missing, or the local hub
   */
  constructor(document: unknown, platform: SimulatorPlatform, options: SimulationOptions = {}) {
    const { secrets = {}, hub, shard = wholeFleet, observers = [] } = options;
    this.scenario = readScenario(document);
    this.plan = planFleet(this.scenario, shard);
    this.#platform = platform;
    this.#clock = platform.clock ?? webClock;
    this.#hub = hub;
    this.#shard = shard;
    this.#source = new ClientSource(platform, secrets, hub);
    this.#source.check(this.scenario.groups);
    this.#statistics = new Statistics(() => this.devices);
    this.#observers = [this.#statistics, ledgerObserver(this.#ledger), ...observers];
  }

  /** The devices and modules that have been prepared. */
  get devices(): SimulatedDevice[] {
    return this.#running.flatMap(({ parts }) => parts);
  }

  /** Milliseconds since the start of the run; negative before it. */
  get nowMs(): number {
    return this.#schedule?.nowMs ?? -1;
  }

  /** The comparison with the local hub so far; `undefined` without one. Messages in flight count as lost for a moment. */
  deliveries(): Deliveries | undefined {
    return this.#hub === undefined ? undefined : this.#ledger.result();
  }

  /** The counts so far. */
  counts(): Counts {
    return this.#statistics.counts();
  }

  /**
   * Registers the devices that the local hub doesn't know, and reads keys. {@link run} does it if you don't. {@link stop} ends it.
   *
   * @param onProgress - called with the number of devices that are ready
   */
  async prepare(onProgress: (ready: number, all: number) => void = () => {}): Promise<void> {
    const { devices } = this.plan;
    const { seed = 1, files = {} } = this.scenario;
    let ready = this.#running.length;
    const left = devices.slice(ready).values();
    const prepareSome = async (): Promise<void> => {
      for (const { identities, startMs } of left) {
        const clients = await this.#source.clientsOf(identities);
        if (this.#stopped !== undefined) return;
        const parts = identities.flatMap((identity, index) => {
          const createClient = clients[index];
          if (createClient === undefined) return [];
          // The local hub doesn't hold the messages that other hubs acknowledge.
          if (isAtLocalHub(identity.group)) this.#ledger.follow(identityName(identity));
          const setup = {
            platform: this.#platform,
            clock: this.#clock,
            observers: this.#observers,
            seed,
            files,
            createClient,
          };
          return [new SimulatedDevice(identity, setup)];
        });
        this.#running.push({ number: identities[0]?.number ?? 0, startMs, parts });
        onProgress(++ready, devices.length);
        // If the hub runs in the same page, nothing else gives the page time to paint.
        if (ready % preparedInATask === 0)
          await new Promise<void>((resolve) => this.#clock.setTimer(resolve, 0));
      }
    };
    const prepared = Promise.all(Array.from({ length: registeredAtOnce }, prepareSome));
    // Stopping ends the preparation even if the hub doesn't answer.
    await Promise.race([prepared, this.#stopping.promise]);
    this.#running.sort((one, other) => one.number - other.number);
  }

  /**
   * Runs the scenario to its end: all phases, then the drain. Ends all clients.
   *
   * @param startAt - the time of the start on the clock, the same for all shards of one run. Default: now.
   * @throws the error of the local hub if it can't be reached at the beginning. If it can't be reached later, the report has the reason.
   */
  async run(startAt?: number): Promise<Report> {
    if (this.#running.length < this.plan.devices.length && this.#stopped === undefined) await this.prepare();
    const start = startAt ?? this.#clock.now();
    // Devices stop sending before faults and reading end.
    const [devices, hub] = [new Schedule(this.#clock, start), new Schedule(this.#clock, start)];
    this.#schedule = devices;
    const injector = new FaultInjector(this.scenario, this.plan, this.#shard);
    const reader = this.#hub === undefined ? undefined : new HubReader(this.#hub, this.#ledger, this.#clock);
    await Promise.race([reader?.begin(), this.#stopping.promise]);
    reader?.follow(hub);
    if (this.#hub !== undefined) injector.schedule(hub, this.#hub);
    new PhaseRunner(devices, this.plan, this.scenario.seed ?? 1).run(this.#running);
    await Promise.race([devices.until(this.plan.endMs), this.#stopping.promise]);
    devices.stop();
    const connectedAtEnd = this.counts().connected;
    const settled = this.devices.map((device) => device.settled(this.plan.drainMs));
    await Promise.race([Promise.all(settled), this.#aborting.promise]);
    hub.stop();
    await this.#close();
    const uncompared = this.counts().sent === 0 ? undefined : await reader?.finish(this.#aborting.promise);
    return this.#report(start, connectedAtEnd, injector, uncompared);
  }

  /** Ends the run early: devices stop sending, and drain. Does nothing after the end. */
  stop(reason: string): void {
    this.#stopped ??= reason;
    this.#stopping.resolve();
  }

  /** Ends the run at once: messages without an acknowledgement fail. */
  abort(reason: string): void {
    this.stop(reason);
    this.#aborting.resolve();
  }

  async #close(): Promise<void> {
    const left = this.devices.values();
    const closeSome = async (): Promise<void> => {
      for (const device of left) await device.close();
    };
    const closing = Array.from({ length: closedAtOnce }, closeSome);
    // A hub that doesn't answer takes seconds for each device.
    const atOnce = this.#aborting.promise.then(() =>
      Promise.all(this.devices.map((device) => device.close())),
    );
    await Promise.race([Promise.all(closing), atOnce]);
  }

  #report(
    start: number,
    connectedAtEnd: number,
    injector: FaultInjector,
    uncompared: string | undefined,
  ): Report {
    const { name = "scenario", seed = 1, thresholds } = this.scenario;
    const deliveries = uncompared === undefined ? this.deliveries() : undefined;
    return completeReport(
      {
        scenario: name,
        seed,
        shards: [this.#shard],
        startedAt: new Date(start).toISOString(),
        durationMs: this.#clock.now() - start,
        devices: this.#running.length,
        clients: this.devices.length,
        connectedAtEnd,
        counts: this.counts(),
        ...(deliveries === undefined ? {} : { deliveries }),
        ...(uncompared === undefined ? {} : { uncompared }),
        faults: { injected: injector.injected, failures: injector.failures },
        ...(this.#stopped === undefined ? {} : { stopped: this.#stopped }),
      },
      thresholds,
    );
  }
}

function ledgerObserver(ledger: DeliveryLedger): DeviceObserver<SimulatedDevice> {
  return {
    onAcknowledged: ({ identity }, { number }) => ledger.acknowledge(identityName(identity), number),
  };
}

/** A promise that is resolved from outside. */
class Signal {
  resolve: () => void = () => {};
  readonly promise: Promise<void> = new Promise((resolve) => {
    this.resolve = resolve;
  });
}
