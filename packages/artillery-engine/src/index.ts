// The engine `isohub` for Artillery, which loads the default export of this package.
export type {
  ArtilleryEvents,
  ArtilleryScenario,
  ArtilleryScript,
  ArtilleryUtilities,
  VirtualUser,
} from "./artillery.ts";
// biome-ignore lint/style/noDefaultExport: Artillery loads the default export of an engine
export { IsohubEngine, IsohubEngine as default } from "./isohub-engine.ts";
export type { SimulateStep } from "./simulate-step.ts";
