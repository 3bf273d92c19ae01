// The device SDK as an application sees it; the runtime packages re-export all of it.
export { type ConnectionString, parseConnectionString } from "./auth/connection-string.ts";
export { deriveDeviceKey } from "./auth/derive-device-key.ts";
export { ProxyOptions, type ProxyType } from "./auth/proxy-options.ts";
export type { SigningMechanism } from "./auth/sas-token.ts";
export type { TokenEndpoint, TokenHeaders, TokenProvider, TokenRequest } from "./auth/token-provider.ts";
export { X509 } from "./auth/x509.ts";
export type { ClientEventName, ClientEvents, TwinPatch } from "./clients/client-events.ts";
export { IoTHubDeviceClient } from "./clients/device-client.ts";
export type { UploadOptions } from "./clients/device-uploads.ts";
export { type InvokeResult, IoTHubModuleClient, type MethodParams } from "./clients/module-client.ts";
export {
  ProvisioningDeviceClient,
  type ProvisioningOptions,
  type RegisterOptions,
} from "./clients/provisioning-client.ts";
export type { DesiredPatchOf, PatchOf, Twin, TwinShape, UntypedTwin } from "./clients/twin-types.ts";
export type { ClientState } from "./connection/client-state.ts";
export {
  type BackoffOptions,
  exponentialBackoff,
  fixedInterval,
  type RetryPolicy,
} from "./connection/retry-policy.ts";
export type {
  RegistrationResult,
  RegistrationState,
  RegistrationStatus,
} from "./dialects/provisioning/registration-result.ts";
export {
  ArgumentError,
  ClientError,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  type ErrorCode,
  type ErrorCodeOf,
  type ErrorCodes,
  type ErrorDetails,
  IsoHubError,
  NoConnectionError,
  OperationCancelledError,
  OperationTimeoutError,
  ProtocolError,
  ServiceError,
  type ServiceErrorDetails,
  UnsupportedFeatureError,
} from "./errors.ts";
export type { Listener } from "./events/channel.ts";
export type { ReceiveOptions } from "./events/receive-queue.ts";
export {
  type JsonSource,
  type JsonValue,
  Message,
  type MessageData,
  type MessageOptions,
  type ReceivedMessage,
} from "./messages/message.ts";
export { type MethodRequest, MethodResponse, type MethodResult } from "./methods/method.ts";
export type { MethodHandler } from "./methods/method-handlers.ts";
export type { MqttEngine } from "./mqtt/engine.ts";
export type { EnqueueOptions, Outbox, OutboxPriority, OutboxReceipt, OutboxState } from "./outbox/outbox.ts";
export type { AssignmentStorage } from "./provisioning/assignment-storage.ts";
export type { RegistrationProgress } from "./provisioning/registration-run.ts";
export type { ClientOptions } from "./setup/client-options.ts";
export type { DeviceProvisioning } from "./setup/provisioned-setup.ts";
export type { ReportedVersion } from "./twin/twin-dialect.ts";
export type { UploadData } from "./upload/blob-source.ts";
export type { UploadProgress } from "./upload/file-upload.ts";
export type { StorageInfo } from "./upload/storage-info.ts";
export type { OperationOptions, ShutdownOptions } from "./util/deadline.ts";
export type { JsonObject } from "./util/json.ts";
export type { Logger, LogLevel } from "./util/logger.ts";
