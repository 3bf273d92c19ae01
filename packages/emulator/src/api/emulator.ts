import type { Faults } from "../faults/faults.ts";
import type { FeedbackRecord } from "../hub/c2d.ts";
import type { C2dOptions } from "../hub/c2d-message.ts";
import type { QueueItem } from "../hub/delivery-queue.ts";
import type { EdgeRoute, EdgeRouteSpec } from "../hub/edge-routes.ts";
import type { HubEvent } from "../hub/events.ts";
import type { InputOptions } from "../hub/input-message.ts";
import type { InputQueueItem } from "../hub/inputs.ts";
import type { MethodCall, MethodResult } from "../hub/methods.ts";
import type { ServiceTwin } from "../hub/service-view.ts";
import type { Transport } from "../hub/session.ts";
import type { TelemetryFilter, TelemetryMessage } from "../hub/telemetry.ts";
import type { FilterKind } from "../hub/topics.ts";
import type { FileUpload } from "../hub/uploads.ts";
import type { Workload, WorkloadOptions } from "../workload/workloads.ts";
import type { EmulatorHubs } from "./hubs.ts";
import type { EmulatorIdentities } from "./identities.ts";
import type { EmulatorProvisioning } from "./provisioning.ts";

/** Where an emulator is reached. */
export interface Endpoints {
  /** The address that is bound. */
  readonly host: string;
  /** MQTT, WebSockets at `/$iothub/websocket` and HTTPS, all below TLS. */
  readonly port: number;
  /** The same without TLS, for browser pages; and the control API. */
  readonly plainPort: number;
  /** The provisioning service: the same ports, where user names and paths tell it from the hub. */
  readonly provisioning: { readonly host: string; readonly port: number; readonly plainPort: number };
  /** Base of the control API: `http://{host}:{plainPort}/control`. */
  readonly controlUrl: string;
}

/** A live connection. */
export interface SessionInfo {
  readonly clientId: string;
  readonly deviceId: string;
  readonly moduleId?: string;
  readonly transport: Transport;
  /** Address and port of the client. */
  readonly remoteAddress: string;
  /** ISO 8601 in UTC. */
  readonly connectedAt: string;
  /** In seconds; the connection is ended after 1.5 times as much silence. */
  readonly keepAlive: number;
  readonly clean: boolean;
  /** What the device listens to, with the granted QoS. */
  readonly subscriptions: Readonly<Partial<Record<FilterKind, 0 | 1>>>;
  /** The `DeviceClientType` it connected with. */
  readonly userAgent?: string;
  readonly modelId?: string;
  /** When its token ends, ISO 8601 in UTC. */
  readonly tokenExpiry?: string;
}

/** Options of `Emulator.waitForTelemetry`. */
export interface WaitOptions {
  /** In milliseconds; 5,000 when left out. */
  timeoutMs?: number;
  /** How many messages; 1 when left out. */
  count?: number;
}

/**
 * A local IoT hub that runs.
 *
 * Every method that names a device rejects with a `HubError` `DeviceNotFound` for one that does not exist. Where an
 * `identity` is asked for it is a device by its id, or a module as `device/module`.
 */
export interface Emulator
  extends EmulatorIdentities,
    EmulatorProvisioning,
    EmulatorHubs<Emulator>,
    AsyncDisposable {
  readonly hostName: string;
  /** PEM of the certificate authority that clients have to trust. Made anew at each start. */
  readonly ca: string;
  readonly endpoints: Endpoints;
  /** A connection string of the policy `iothubowner`, for service clients. */
  readonly serviceConnectionString: string;
  /** What can be made to go wrong. */
  readonly faults: Faults;

  /**
   * Puts a message into the queue of a device. A text is sent as UTF-8, an object as JSON.
   *
   * @throws {HubError} DeviceMaximumQueueDepthExceeded for the 51st, MessageTooLarge over 64 KB, ArgumentInvalid
   */
  sendC2d(
    deviceId: string,
    body: string | Uint8Array | object,
    options?: C2dOptions,
  ): Promise<{ messageId: string }>;
  /** The messages that wait for a device, oldest first. */
  c2dQueue(deviceId: string): QueueItem[];
  /** Throws away what waits for a device; resolves with how many that were. */
  purgeC2d(deviceId: string): Promise<number>;
  /** What became of messages that were sent with `ack`, oldest first. */
  feedback(): FeedbackRecord[];
  /**
   * Calls a direct method and resolves with the answer of the device or module, whatever its status.
   *
   * @throws {HubError} DeviceNotOnline, GatewayTimeout, DeviceConnectionClosedRemotely, ArgumentInvalid, MessageTooLarge
   */
  invokeMethod(
    identity: string,
    methodName: string,
    payload?: unknown,
    options?: Omit<MethodCall, "methodName" | "payload">,
  ): Promise<MethodResult>;
  /** The twin as a service sees it: with tags and metadata. */
  getTwin(identity: string): Promise<ServiceTwin>;
  /** Merges into the desired properties; a connection that listens is told. @throws {HubError} ArgumentInvalid */
  patchDesired(identity: string, patch: object): Promise<ServiceTwin>;
  /** Merges into the tags, which devices never see. @throws {HubError} ArgumentInvalid */
  patchTags(identity: string, patch: object): Promise<ServiceTwin>;

  /**
   * Puts a message into the queue of a module, for one of its inputs. A text is sent as UTF-8, an object as JSON. It is
   * delivered until it is acknowledged, for two hours.
   *
   * @throws {HubError} ModuleNotFound, ArgumentInvalid; MessageTooLarge over 256 KB; DeviceMaximumQueueDepthExceeded
   * for the 10,001st
   */
  sendToInput(
    deviceId: string,
    moduleId: string,
    inputName: string,
    body: string | Uint8Array | object,
    options?: InputOptions,
  ): Promise<{ messageId: string }>;
  /** The messages that wait for a module, oldest first. @throws {HubError} ModuleNotFound — at once */
  inputQueue(deviceId: string, moduleId: string): InputQueueItem[];
  /**
   * From now on, what a module sends by an output arrives at an input of another module of its device, as over an Edge
   * gateway, and no longer as telemetry. It ends when it is removed, or one of the modules deleted.
   *
   * @throws {HubError} DeviceNotFound, ModuleNotFound; ArgumentInvalid for an input without a name
   */
  addRoute(route: EdgeRouteSpec): Promise<EdgeRoute>;
  /** @throws {HubError} GenericNotFound when there is no route of this id */
  removeRoute(id: string): Promise<void>;
  /** The routes in force. */
  routes(): EdgeRoute[];

  /**
   * Starts a workload API, which signs for a module and tells it what to trust, as on an Edge device. With the
   * variables of its `environment` a module client connects to this emulator as its gateway.
   *
   * @throws {HubError} ModuleNotFound; ArgumentInvalid for both a path and a port
   * @throws {Error} with `code`, such as `EADDRINUSE`, when it cannot listen there
   */
  startWorkload(options: WorkloadOptions): Promise<Workload>;
  /** The workload APIs that run. */
  workloads(): Workload[];

  /** The file uploads of one device or of all, in the order of their start; those that have ended are kept for a while. */
  uploads(deviceId?: string): FileUpload[];
  /** What a device has uploaded, by the name of the blob: `device/…`. @throws {HubError} GenericNotFound */
  readBlob(blobName: string): Promise<Uint8Array>;

  /** The kept messages in order of arrival: of all devices, of one with its modules, or of one module. */
  telemetry(identity?: string): TelemetryMessage[];
  /**
   * Resolves with the first `count` messages that match, of those kept and those to come.
   *
   * @throws {Error} after `timeoutMs` milliseconds, saying how many had come
   */
  waitForTelemetry(
    match: ((message: TelemetryMessage) => boolean) | (TelemetryFilter & { readonly count?: number }),
    options?: WaitOptions,
  ): Promise<TelemetryMessage[]>;

  /** The live connections. */
  sessions(): SessionInfo[];
  /** Closes the connection of an identity without a word. False when it has none. */
  kick(identity: string): boolean;
  /** What happens in the hub from this call on, until the signal is aborted or the emulator is closed. */
  events(options?: { signal?: AbortSignal }): AsyncIterableIterator<HubEvent>;
  /** Calls `listener` with what happens from now on; returns what ends it. */
  on(listener: (event: HubEvent) => void): () => void;
  /** Ends all connections and closes all ports; the first hub takes the others with it. Resolves when nothing is left. */
  close(): Promise<void>;
}
