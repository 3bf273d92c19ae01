export type { EmulatorEdge } from "./api/edge.ts";
export type { Emulator, Endpoints } from "./api/emulator.ts";
export type { EmulatorEventHubs, EventHubInfo } from "./api/event-hubs.ts";
export type { EmulatorHubs } from "./api/hubs.ts";
export type {
  ConnectionStrings,
  EmulatorIdentities,
  RegisteredDevice,
  RegisteredModule,
} from "./api/identities.ts";
export type { EmulatorMessages, TelemetryOptions, WaitOptions } from "./api/messages.ts";
export type { EmulatorMethods, MethodTimeouts } from "./api/methods.ts";
export type { PageOptions } from "./api/paging.ts";
export type { EmulatorProvisioning } from "./api/provisioning.ts";
export type { EmulatorQuota } from "./api/quota.ts";
export type { EmulatorSessions, SessionInfo } from "./api/sessions.ts";
export type { EmulatorState } from "./api/state.ts";
export type { EmulatorTwins, TwinPatch } from "./api/twins.ts";
export type { EmulatorUploads } from "./api/uploads.ts";
export type { BlobStorageMode } from "./blobs/blob-storage.ts";
export type { CaCertificate } from "./certificates/ca-certificate.ts";
export type { MadeCertificate } from "./certificates/node/certificate-maker.ts";
export {
  type CertificateOptions,
  createCertificate,
  createCertificateAuthority,
  type TestCertificate,
  type TestCertificateAuthority,
} from "./certificates/node/client-certificate.ts";
export type { EmulatorOptions, HubOptions } from "./config/options.ts";
export type { DeviceSeed, HubSeed, HubState, ModuleSeed, TwinSeed } from "./config/state.ts";
export type {
  ConnackRefusal,
  ConnectFaultOptions,
  CutStyle,
  DropOptions,
  FaultRule,
  Faults,
  MutedAnswer,
  MuteOptions,
  QuotaFaultOptions,
  RandomDropOptions,
  ServiceFaultOptions,
  ServiceProtocol,
  TwinFaultOptions,
} from "./faults/faults.ts";
export type { FeedbackRecord } from "./hub/deliveries/c2d.ts";
export type { C2dOptions, FeedbackRequest } from "./hub/deliveries/c2d-message.ts";
export type { EdgeRoute, EdgeRouteSpec } from "./hub/deliveries/edge-routes.ts";
export type { InputOptions } from "./hub/deliveries/input-message.ts";
export type { InputQueueItem } from "./hub/deliveries/inputs.ts";
export type { QueueItem } from "./hub/deliveries/queued-message.ts";
export type {
  DeliveryOutcome,
  HubEvent,
  HubEventBodies,
  HubEventHead,
  HubEventOf,
  HubEventType,
  RefusalReason,
  UploadNotification,
} from "./hub/events/events.ts";
export { HubError, type HubErrorBody, type HubErrorName } from "./hub/hub-error.ts";
export type { AuthenticationOptions, AuthenticationType } from "./hub/identities/authentication.ts";
export type { Identity } from "./hub/identities/identity.ts";
export type { IdentityOptions, IdentityStatus, ModuleOptions } from "./hub/identities/registry.ts";
export type { HubQuota } from "./hub/limits/throttles.ts";
export type { HubTier, ServiceOperation, ThrottledOperation, TierLimits } from "./hub/limits/tiers.ts";
export type { MethodCall, MethodResult } from "./hub/methods.ts";
export type { DisconnectReason, Transport } from "./hub/sessions/session.ts";
export type { FilterKind } from "./hub/sessions/topics.ts";
export type { MessageRoute, MessageRouteOptions, MessageSource } from "./hub/telemetry/message-router.ts";
export type { TelemetryFilter, TelemetryMessage } from "./hub/telemetry/telemetry-message.ts";
export type { TwinOperation } from "./hub/twins/twins.ts";
export type { FileUpload } from "./hub/uploads.ts";
export type {
  AuthenticationMechanism,
  DeviceIdentity,
  ModuleIdentity,
  ServiceTwin,
  Thumbprints,
} from "./hub/views/service-view.ts";
export type { JoinedHubInfo } from "./joining/join-records.ts";
export type { TlsVersion } from "./listeners/tls-version.ts";
export type {
  Allocation,
  AllocationPolicy,
  AllocationRequest,
  Allocator,
  Attestation,
  Enrollment,
  EnrollmentGroup,
  EnrollmentGroupOptions,
  EnrollmentOptions,
  InitialTwin,
  ReprovisionPolicy,
} from "./provisioning/enrollment.ts";
export type { ProvisioningFaultOptions } from "./provisioning/provisioning-faults.ts";
export type {
  RegistrationState,
  RegistrationStatus,
  RegistrationSubstatus,
} from "./provisioning/registration-record.ts";
export { startEmulator } from "./start-emulator.ts";
export type { LogSnapshot, StoreSnapshot } from "./store/store.ts";
export type { EdgeEnvironment, Workload, WorkloadOptions } from "./workload/workloads.ts";
