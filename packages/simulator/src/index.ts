// The simulator: everything here runs in pages, Node and Deno.
export type * from "./document/device-type.ts";
export { durationMs, parseDuration } from "./document/duration.ts";
export type * from "./document/generators.ts";
export { checkScenario, missingFiles, readScenario, typesOf } from "./document/read-scenario.ts";
export type * from "./document/scenario.ts";
export { scenarioSchema } from "./document/scenario-schemas.ts";
export { functionNames } from "./generators/expression.ts";
export { type Definitions, type DocumentProblem, problemText } from "./schema/problems.ts";
export type { Schema } from "./schema/schema.ts";
export { readyTypes } from "./types/ready-types.ts";
