// The parts of the command `isohub simulate` that other programs on Node need, such as the engine for Artillery.
export { usesLocalHub } from "./document/read-scenario.ts";
export { parseConnectRate, parseShard } from "./node/arguments.ts";
export { nodePlatform } from "./node/node-platform.ts";
export { readScenarioFile } from "./node/scenario-file.ts";
