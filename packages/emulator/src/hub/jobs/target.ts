import type { JsonObject } from "@isohub/core";
import type { RouteCondition } from "../telemetry/message-router.ts";

/** The devices or modules that a job or configuration selects. */
export interface Target {
  readonly modules: boolean;
  /** The condition without its beginning; empty if it selects everything. */
  readonly condition: string;
  /** Whether the twin of a device or module is a target. */
  matches(twin: JsonObject): boolean;
}

const ofModules = /^\s*from\s+devices\.modules(?:\s+where\s+|\s*$)/i;

/**
 * Parses the condition of a job or configuration. `*` and an empty condition select every device; `FROM devices.modules
 * WHERE …` selects modules.
 *
 * @throws {HubError} ArgumentInvalid, with the place of the problem
 */
export function targetOf(condition: string, parseCondition: (condition: string) => RouteCondition): Target {
  const modules = ofModules.test(condition);
  const selection = condition.replace(ofModules, "").trim();
  const selected = selection === "*" ? "" : selection;
  return { modules, condition: selected, matches: selected === "" ? () => true : parseCondition(selected) };
}
