import { ArgumentError } from "@isohub/core";
import { durationMs, parseDuration, type ScenarioChanges, type Shard } from "@isohub/simulator";
import { parseConnectRate, parseShard } from "@isohub/simulator/node";

/** The parameters of the step `simulate` of a flow. */
export interface SimulateStep {
  /** The path of the scenario, from the folder that Artillery runs in. */
  readonly scenario: string;
  /** The number of devices; each group keeps its share. Defaults to that of the scenario. */
  readonly devices?: number;
  /** The length of the last hold phase, such as `5m`. Defaults to that of the scenario. */
  readonly for?: string;
  /** Maximum connections per second, or the tier whose limit applies: `s1`. Defaults to that of the scenario. */
  readonly connectRate?: number | string;
  /** The part of the fleet for this process, `i/n` from 0, if several run Artillery. Defaults to `0/1`, the whole fleet. */
  readonly shard?: string;
}

/** The parameters of a checked step. */
export interface SimulateParameters {
  readonly scenario: string;
  readonly changes: ScenarioChanges;
  readonly shard: Shard;
}

const names = ["scenario", "devices", "for", "connectRate", "shard"];

/**
 * Finds the step of a flow.
 *
 * @throws {ArgumentError} `invalid_argument`: the flow isn't one step `simulate`
 */
export function simulateStepOf(flow: readonly unknown[]): Readonly<Record<string, unknown>> {
  const [step] = flow;
  const keys = Object.keys(Object(step));
  if (flow.length !== 1 || keys.length !== 1 || keys[0] !== "simulate")
    throw invalid(
      "flow",
      "one step `simulate`",
      `${flow.length} steps: ${flow.flatMap((each) => Object.keys(Object(each))).join(", ")}`,
    );
  const parameters = Object(Object(step).simulate) as Record<string, unknown>;
  const unknownName = Object.keys(parameters).find((name) => !names.includes(name));
  if (unknownName !== undefined)
    throw invalid("Each property of simulate", `one of ${names.join(", ")}`, `'${unknownName}'`);
  return parameters;
}

/**
 * Checks the parameters of a step, whose variables have been replaced.
 *
 * @throws {ArgumentError} `invalid_argument`: a parameter breaks its rule
 */
export function readParameters(
  step: Readonly<Record<string, unknown>>,
  environment: Readonly<Record<string, string | undefined>>,
): SimulateParameters {
  const { scenario, devices, for: length, connectRate, shard } = step;
  if (typeof scenario !== "string" || scenario === "")
    throw invalid("simulate.scenario", "the path of a file", JSON.stringify(scenario) ?? "nothing");
  const count = devices === undefined ? undefined : Number(devices);
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 1_000_000))
    throw invalid("simulate.devices", "an integer from 1 to 1000000", JSON.stringify(devices));
  if (length !== undefined && parseDuration(String(length)) === undefined)
    throw invalid("simulate.for", "a duration such as 500ms, 5s, 2m or 1h", JSON.stringify(length));
  return {
    scenario,
    changes: {
      devices: count,
      holdMs: length === undefined ? undefined : durationMs(String(length)),
      connectRate: parseConnectRate("simulate.connectRate", textOf(connectRate)),
    },
    shard: parseShard("simulate.shard", textOf(shard), environment["JOB_COMPLETION_INDEX"]),
  };
}

function textOf(value: unknown): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** Creates the error for a value that breaks its rule. */
export function invalid(name: string, rule: string, got: string): ArgumentError {
  return new ArgumentError("invalid_argument", `${name} must be ${rule}, got ${got}`);
}
