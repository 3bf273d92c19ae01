// The parts of `isohub simulate` that other Node programs need, such as the Artillery engine.
export { usesLocalHub } from "./checks/read-scenario.ts";
export { parseConnectRate, parseShard } from "./node/arguments.ts";
export { nodePlatform } from "./node/node-platform.ts";
export { readScenarioFile } from "./node/scenario-file.ts";
