import type * as core from "@isohub/core";
import { leanEngine } from "@isohub/core/lean";
import type { Platform, Runtime } from "@isohub/core/runtime";
import { LiteDeviceClient } from "@isohub/core/web";
import { pageRuntime } from "./page-runtime.ts";

// Nothing here sends an HTTP request: uploads are not among the essentials.
const litePlatform: Platform = { runtime: pageRuntime as Runtime, engine: leanEngine };

/**
 * A device of an IoT hub with the essentials alone, for pages that count bytes: a connection string, telemetry,
 * cloud-to-device messages, direct methods, its twin, and a connection that comes back. Everything behaves as with the
 * class of the same name in `@isohub/browser`; what is not here is there, such as file uploads, provisioning, tokens of
 * others and Python's `receive…` calls.
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
  type ErrorCode,
  type ErrorCodeOf,
  type ErrorCodes,
  type ErrorDetails,
  exponentialBackoff,
  fixedInterval,
  IsoHubError,
  type JsonObject,
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
  type PatchOf,
  ProtocolError,
  type ReceivedMessage,
  type RetryPolicy,
  ServiceError,
  type Twin,
  type TwinPatch,
  type TwinShape,
  UnsupportedFeatureError,
  type UntypedTwin,
} from "@isohub/core";
