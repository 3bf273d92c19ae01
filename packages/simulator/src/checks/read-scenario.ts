import { ArgumentError } from "@isohub/core";
import { asError, isJsonObject, parseJsonDocument } from "@isohub/core/internal";
import type { DeviceType } from "../document/device-type.ts";
import { durationMs } from "../document/duration.ts";
import { deviceIdOf, groupName, idPattern, isIdentity, sharedId } from "../document/group-ids.ts";
import { longestRunMs } from "../document/phase-length.ts";
import type { Group, Phase, Scenario, ScheduledFault, Threshold } from "../document/scenario.ts";
import { scenarioSchema, scenarioSchemas } from "../document/scenario-schemas.ts";
import {
  type DocumentProblem,
  findProblems,
  limitProblems,
  memberPath,
  problemAt,
  problemText,
} from "../schema/problems.ts";
import { readyTypes } from "../types/ready-types.ts";
import { typeProblems } from "./references.ts";

/** Lists the problems of a document: values that break the schema or, if there are none, invalid references and contradictions. */
export function checkScenario(document: unknown): DocumentProblem[] {
  const problems = findProblems(scenarioSchema(), document, scenarioSchemas);
  return problems.length > 0 ? problems : scenarioProblems(document as Scenario);
}

/**
 * Checks a document completely, before anything connects.
 *
 * @param document - parsed JSON, or a string with JSON
 * @throws {ArgumentError} `invalid_argument`, whose message has a line for each problem: its path in the document, the rule,
 * and the value
 */
export function readScenario(document: unknown): Scenario {
  const parsed = typeof document === "string" ? parseDocument(document) : document;
  const problems = checkScenario(parsed);
  if (problems.length === 0) return parsed as Scenario;
  throw new ArgumentError("invalid_argument", problems.map(problemText).join("\n"));
}

function parseDocument(text: string): unknown {
  try {
    return parseJsonDocument(text);
  } catch (cause) {
    const reason = asError(cause).message;
    throw new ArgumentError("invalid_argument", `The document must be valid JSON: ${reason}`, { cause });
  }
}

/** Returns the types of a scenario by name: its own and the ready ones. */
export function typesOf({ types = {} }: Pick<Scenario, "types">): Readonly<Record<string, DeviceType>> {
  return { ...readyTypes, ...types };
}

/** Whether a group connects to the local hub. */
export function isAtLocalHub({ connect }: Group): boolean {
  return (connect?.from ?? "localHub") === "localHub";
}

/** Whether a group of the scenario connects to the local hub. */
export function usesLocalHub({ groups }: Pick<Scenario, "groups">): boolean {
  return groups.some(isAtLocalHub);
}

/** Lists the names of the CSV files that a document needs and doesn't contain. The document needn't be valid. */
export function missingFiles(document: unknown): string[] {
  if (!isJsonObject(document)) return [];
  const { files = {}, types = {} } = document;
  const generators = Object.values(Object(types)).flatMap((type) =>
    Object.values(Object(Object(type).fields)),
  );
  const names = generators.flatMap((each): unknown[] =>
    Object(each).generator === "replay" ? [Object(each).file] : [],
  );
  const missing = names.filter(
    (name): name is string => typeof name === "string" && !Object.hasOwn(Object(files), name),
  );
  return [...new Set(missing)];
}

function scenarioProblems(scenario: Scenario): DocumentProblem[] {
  const { groups, phases, faults = [], thresholds = [], files = {} } = scenario;
  const types = typesOf(scenario);
  return [
    ...Object.entries(scenario.types ?? {}).flatMap(([name, type]) =>
      typeProblems(type, memberPath("types", name), { files, types }),
    ),
    ...groups.flatMap((group, index) =>
      groupProblems(group, memberPath("groups", index), types, groups.slice(0, index)),
    ),
    ...phaseProblems(phases),
    ...faults.flatMap((fault, index) => faultProblems(fault, memberPath("faults", index), scenario)),
    ...thresholds.flatMap((threshold, index) =>
      thresholdProblems(threshold, memberPath("thresholds", index)),
    ),
  ];
}

function groupProblems(
  group: Group,
  path: string,
  types: Readonly<Record<string, DeviceType>>,
  earlier: readonly Group[],
): DocumentProblem[] {
  const { type: typeName, count, id } = group;
  const name = groupName(group);
  const type = Object.hasOwn(types, typeName) ? types[typeName] : undefined;
  const problems: DocumentProblem[] = [];
  if (type === undefined)
    problems.push(
      problemAt(memberPath(path, "type"), `one of the types: ${Object.keys(types).join(", ")}`, typeName),
    );
  if (earlier.some((each) => groupName(each) === name))
    problems.push(problemAt(memberPath(path, "name"), "a name that no other group has", name));
  else {
    const [shared] = earlier.flatMap((each) => sharedId(each, group) ?? []);
    if (shared !== undefined)
      problems.push({
        path: memberPath(path, "id"),
        rule: "an id that no other group has",
        got: `'${idPattern(group)}' with the device '${shared}'`,
      });
  }
  if (id !== undefined && count > 1 && !id.includes("{n}"))
    problems.push(
      problemAt(memberPath(path, "id"), "a string with {n}, because the group has several devices", id),
    );
  if (!isIdentity(deviceIdOf(group, count)))
    problems.push(
      problemAt(memberPath(path, "id"), "a device id of at most 128 characters that IoT Hub allows", id),
    );
  const { connect } = group;
  const hasSameLines = earlier.some(
    (each) => each.connect?.from === "connectionString" && each.connect.secret === Object(connect).secret,
  );
  if (connect?.from === "connectionString" && hasSameLines)
    problems.push(
      problemAt(
        memberPath(memberPath(path, "connect"), "secret"),
        "a secret that no other group has, because each line is one device",
        connect.secret,
      ),
    );
  const from = connect?.from ?? "localHub";
  if (type?.modules !== undefined && from !== "localHub" && from !== "policy")
    problems.push(
      problemAt(
        memberPath(memberPath(path, "connect"), "from"),
        "localHub or policy, because the type has modules",
        from,
      ),
    );
  return problems;
}

function phaseProblems(phases: readonly Phase[]): DocumentProblem[] {
  const nameAt = (index: number): string => memberPath(memberPath("phases", index), "phase");
  return phases.flatMap(({ phase }, index) => {
    if (index === 0 && phase !== "ramp")
      return [problemAt(nameAt(index), "ramp, because devices connect first", phase)];
    if (index > 0 && phase === "ramp")
      return [problemAt(nameAt(index), "another phase: only the first is a ramp", phase)];
    if (phase === "drain" && index < phases.length - 1)
      return [problemAt(nameAt(index), "another phase: only the last is a drain", phase)];
    return [];
  });
}

function faultProblems(fault: ScheduledFault, path: string, scenario: Scenario): DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const names = scenario.groups.map(groupName);
  const endMs = longestRunMs(scenario.phases);
  if (durationMs(fault.at) > endMs)
    problems.push(
      problemAt(memberPath(path, "at"), `a time before the end of the run, ${endMs / 1000}s`, fault.at),
    );
  const selected = "devices" in fault ? fault.devices?.group : undefined;
  if (selected !== undefined && !names.includes(selected)) {
    const at = memberPath(memberPath(path, "devices"), "group");
    problems.push(problemAt(at, `one of the groups: ${names.join(", ")}`, selected));
  }
  if (!usesLocalHub(scenario))
    problems.push(
      problemAt(memberPath(path, "fault"), "absent, because no group is at the local hub", fault.fault),
    );
  return problems;
}

function thresholdProblems(threshold: Threshold, path: string): DocumentProblem[] {
  const { minimum, maximum } = threshold;
  if (minimum !== undefined || maximum !== undefined) return limitProblems(threshold, path);
  return [{ path, rule: "an object with a minimum or a maximum", got: "neither" }];
}
