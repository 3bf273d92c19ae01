import { createControlClient } from "@isohub/emulator/control-client";
import { changeScenario, localHub, type Scenario, type Shard, Simulation } from "@isohub/simulator";
import { nodePlatform, readScenarioFile, usesLocalHub } from "@isohub/simulator/node";
import type {
  ArtilleryEvents,
  ArtilleryScenario,
  ArtilleryScript,
  ArtilleryUtilities,
  VirtualUser,
} from "./artillery.ts";
import { countResults, metricsObserver } from "./fleet-metrics.ts";
import { invalid, readParameters, simulateStepOf } from "./simulate-step.ts";

/**
 * The engine `isohub` of Artillery. The virtual users of a phase run a simulated fleet together, each with an equal part of its devices.
 * Together they send exactly what `isohub simulate` sends with the same scenario.
 */
export class IsohubEngine {
  readonly #script: ArtilleryScript;
  readonly #utilities: ArtilleryUtilities;
  #users = 0;

  /** Artillery creates the engine with its script. */
  constructor(script: ArtilleryScript, _events: unknown, utilities: ArtilleryUtilities) {
    this.#script = script;
    this.#utilities = utilities;
  }

  /**
   * Prepares a scenario of the script, whose flow is one step `simulate`.
   *
   * @throws {ArgumentError} `invalid_argument`: the flow has other steps, or a phase has an arrival rate
   */
  createScenario({ flow }: ArtilleryScenario, events: ArtilleryEvents): VirtualUser {
    const step = simulateStepOf(flow);
    const users = usersOf(this.#script);
    return async (context, callback) => {
      events.emit("started");
      const part = this.#users++ % users;
      try {
        const filled = this.#utilities.template(step, context) as Readonly<Record<string, unknown>>;
        const { scenario: file, changes, shard } = readParameters(filled, process.env);
        const scenario = changeScenario(await readScenarioFile(file), changes);
        await this.#simulate(scenario, partOf(shard, part, users), events);
        callback(null, context);
      } catch (error) {
        const { code, name, message } = error as Error & { readonly code?: string };
        events.emit("error", code === undefined ? name : `${code}: ${message}`);
        callback(error as Error, context);
      }
    };
  }

  async #simulate(scenario: Scenario, shard: Shard, events: ArtilleryEvents): Promise<void> {
    const { target } = this.#script.config;
    const hub =
      target !== undefined && usesLocalHub(scenario) ? localHub(createControlClient(target)) : undefined;
    const simulation = new Simulation(scenario, nodePlatform({ plain: false, sourceAddresses: [] }), {
      shard,
      secrets: process.env,
      hub,
      observers: [metricsObserver(events)],
    });
    countResults(await simulation.run(), events);
  }
}

/** Counts the virtual users that run one fleet together. Artillery starts all users of an arrival count in one thread. */
function usersOf({ config: { phases = [] } }: ArtilleryScript): number {
  const users = phases.map(({ arrivalCount = 0, arrivalRate, rampTo }, index) => {
    if (arrivalRate === undefined && rampTo === undefined) return arrivalCount;
    throw invalid(
      `config.phases[${index}]`,
      "a phase with arrivalCount, because each virtual user is a numbered part of the fleet",
      "one with an arrival rate",
    );
  });
  return Math.max(
    1,
    users.reduce((sum, count) => sum + count, 0),
  );
}

/** Divides the part of this process among its virtual users. */
function partOf({ index, count }: Shard, part: number, users: number): Shard {
  return { index: index + count * part, count: count * users };
}
