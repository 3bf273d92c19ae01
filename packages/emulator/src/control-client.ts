export type {
  ControlMethods,
  HubInfo,
  NamedHubInfo,
  TelemetryQuery,
  WorkloadInfo,
} from "./control/control-methods.ts";
export {
  type ControlClient,
  type ControlReaders,
  createControlClient,
  type Remote,
  type RemoteTelemetryFilter,
} from "./control-client/control-client.ts";
export { ControlError, type ControlErrorBody } from "./control-client/control-error.ts";
export type { CallOptions, ControlClientOptions } from "./control-client/http.ts";
export { type Fault, type FaultName, faultArguments, faultTable } from "./faults/fault-table.ts";
export type { HubQuota } from "./hub/limits/throttles.ts";
export {
  type HubTier,
  hubTiers,
  type ServiceOperation,
  type ThrottledOperation,
  type TierLimits,
  tierLimits,
} from "./hub/limits/tiers.ts";
export type {
  IssuedServerCertificate,
  JoinAnswer,
  JoinedHubInfo,
  JoinOptions,
  JoinStatus,
} from "./joining/join-records.ts";
export type { AssignedDevice, AssignedTwin } from "./provisioning/hub-devices.ts";
