// The simulator: everything here runs in pages, Node and Deno.

export { checkScenario, missingFiles, readScenario, typesOf } from "./checks/read-scenario.ts";
export { messageNumberProperty } from "./checks/references.ts";
export type * from "./document/device-type.ts";
export { durationMs, parseDuration } from "./document/duration.ts";
export { type ScenarioFaultName, scenarioFaultNames } from "./document/fault-names.ts";
export type * from "./document/generators.ts";
export type * from "./document/scenario.ts";
export { scenarioSchema } from "./document/scenario-schemas.ts";
export type { SimulatedClient } from "./engine/client-source.ts";
export { DeviceTwin, type Reaction } from "./engine/device-twin.ts";
export type { ClientFactory, DeviceClientFactory, SimulatorPlatform } from "./engine/platform.ts";
export type { Secrets } from "./engine/secrets.ts";
export { type DeviceSetup, SimulatedDevice } from "./engine/simulated-device.ts";
export { Simulation, type SimulationOptions } from "./engine/simulation.ts";
export { runVirtually, type VirtualHub, type VirtualHubOptions } from "./engine/virtual-run.ts";
export { functionNames } from "./expressions/expression.ts";
export { type ProgramKind, programKinds, programOf } from "./formats/program.ts";
export {
  type HeldMessage,
  type HubControl,
  type LocalConnectionStrings,
  type LocalHub,
  localHub,
} from "./hub/local-hub.ts";
export { type RecordedMessage, recordScenario } from "./hub/recording.ts";
export {
  changeScenario,
  type FleetPlan,
  type PlannedDevice,
  type PlannedPhase,
  planFleet,
  type ScenarioChanges,
  type Shard,
} from "./plan/fleet-plan.ts";
export { identityName, type SimulatedIdentity } from "./plan/identity.ts";
export { type DeviceInputs, MessagePlan, type PlannedMessage } from "./plan/message-plan.ts";
export { type PlannedUpload, plannedUpload } from "./plan/planned-upload.ts";
export { type Definitions, type DocumentProblem, problemText } from "./schema/problems.ts";
export type { Schema } from "./schema/schema.ts";
export type { Deliveries } from "./statistics/delivery-ledger.ts";
export type { DeviceObserver, DeviceOperation, SentMessage } from "./statistics/device-observer.ts";
export type { FaultResults, Findings } from "./statistics/findings.ts";
export { Histogram, type HistogramJson } from "./statistics/histogram.ts";
export { mergeReports } from "./statistics/merge.ts";
export type { Report } from "./statistics/report.ts";
export type { Counts } from "./statistics/statistics.ts";
export type { Verdict } from "./statistics/thresholds.ts";
export { readyTypes } from "./types/ready-types.ts";
