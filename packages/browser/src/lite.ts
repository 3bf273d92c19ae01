import type * as core from "@isohub/core";
import { leanEngine } from "@isohub/core/lean";
import type { Platform, Runtime } from "@isohub/core/runtime";
import { LiteDeviceClient, loadReceivers } from "@isohub/core/web";
import { pageRuntime } from "./page-runtime.ts";

// The lite client sends no HTTP requests.
const litePlatform: Platform = { runtime: pageRuntime as Runtime, engine: leanEngine, loadReceivers };

/**
 * A device client for pages that need a small bundle: a connection string, telemetry, cloud-to-device messages, direct
 * methods, the twin, and reconnection. It behaves like the class of the same name in `@isohub/browser`, which also has file
 * uploads, provisioning, application-supplied tokens and Python's `receive…` calls.
 */
export class IoTHubDeviceClient<T extends core.TwinShape = core.UntypedTwin> extends LiteDeviceClient<T> {
  protected static override readonly platform: Platform = litePlatform;
}

export {
  ArgumentError,
  ClientError,
  type ClientEventName,
  type ClientEvents,
  type ClientOptions,
  type ClientState,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  type DesiredPatchOf,
  type EnqueueOptions,
  type ErrorCode,
  type ErrorCodeOf,
  type ErrorCodes,
  type ErrorDetails,
  exponentialBackoff,
  fixedInterval,
  IsoHubError,
  type JsonObject,
  type JsonSource,
  type JsonValue,
  type Listener,
  type Logger,
  type LogLevel,
  Message,
  type MessageData,
  type MessageOptions,
  type MethodHandler,
  type MethodRequest,
  MethodResponse,
  type MethodResult,
  NoConnectionError,
  OperationCancelledError,
  type OperationOptions,
  OperationTimeoutError,
  type Outbox,
  type OutboxPriority,
  type OutboxReceipt,
  type OutboxState,
  type PatchOf,
  ProtocolError,
  type ReceivedMessage,
  type ReportedVersion,
  type RetryPolicy,
  ServiceError,
  type ShutdownOptions,
  type Twin,
  type TwinPatch,
  type TwinShape,
  UnsupportedFeatureError,
  type UntypedTwin,
} from "@isohub/core";
