import type { EmulatorEdge } from "../api/edge.ts";
import type { Emulator } from "../api/emulator.ts";
import type { EmulatorEventHubs } from "../api/event-hubs.ts";
import type { EmulatorHubs } from "../api/hubs.ts";
import type { EmulatorIdentities } from "../api/identities.ts";
import type { EmulatorMessages, TelemetryOptions } from "../api/messages.ts";
import type { EmulatorMethods } from "../api/methods.ts";
import type { EmulatorProvisioning } from "../api/provisioning.ts";
import type { EmulatorQuota } from "../api/quota.ts";
import type { EmulatorSessions } from "../api/sessions.ts";
import type { EmulatorState } from "../api/state.ts";
import type { EmulatorTwins } from "../api/twins.ts";
import type { EmulatorUploads } from "../api/uploads.ts";
import type { HubOptions } from "../config/options.ts";
import type { HubEvent } from "../hub/events/events.ts";
import type { TelemetryMessage } from "../hub/telemetry/telemetry-message.ts";
import type {
  IssuedServerCertificate,
  JoinAnswer,
  JoinOptions,
  JoinStatus,
} from "../joining/join-records.ts";
import type { AssignedDevice } from "../provisioning/hub-devices.ts";
import type { Workload, WorkloadOptions } from "../workload/workloads.ts";

/** The addresses and credentials of a hub. */
export type HubInfo = Pick<
  Emulator,
  | "hostName"
  | "endpoints"
  | "ca"
  | "serviceConnectionString"
  | "eventHubConnectionString"
  | "idScope"
  | "provisioningConnectionString"
>;

/** A hub of an emulator with several hubs. */
export type NamedHubInfo = { readonly name: string } & HubInfo;

/** A running workload API. */
export type WorkloadInfo = Omit<Workload, "close">;

/** Options of a request for telemetry. */
export interface TelemetryQuery extends TelemetryOptions {
  /** Waits up to this many milliseconds for messages. Defaults to 0. */
  waitMs?: number;
  /** Stops waiting after this many messages. Defaults to 1. */
  count?: number;
  /** Encodes all bodies in base64. By default, only bodies that aren't UTF-8 are encoded. */
  encoding?: "base64";
}

/** A telemetry message as JSON. */
export type TelemetryJson = Omit<TelemetryMessage, "body"> & {
  readonly body: string;
  readonly bodyEncoding: "utf-8" | "base64";
};

/**
 * The methods of the control API. They are those of `Emulator`, as far as HTTP allows. Each has a row in the table of
 * operations.
 */
export interface ControlMethods
  extends Omit<EmulatorIdentities, "connectionString" | "pageConnectionString">,
    Omit<EmulatorMessages, "telemetry" | "waitForTelemetry">,
    EmulatorMethods,
    Pick<EmulatorTwins, "getTwin" | "patchTwin">,
    Omit<EmulatorEdge, "startWorkload" | "workloads">,
    EmulatorUploads,
    EmulatorState,
    Omit<EmulatorEventHubs, "eventHubConnectionString" | "secureEventHubConnectionString">,
    Pick<EmulatorSessions, "sessions" | "kick">,
    EmulatorQuota,
    Omit<EmulatorProvisioning, "idScope" | "provisioningConnectionString">,
    Pick<EmulatorHubs<unknown>, "moveDevice" | "joinedHubs"> {
  /** Returns the addresses and credentials of the hub. */
  info(): HubInfo;
  /** Returns the certificate authority that clients must trust, in PEM. */
  caPem(): string;
  /** Returns the certificate authority as a trust store in PKCS#12 for Java and .NET; its password is `changeit`. */
  caTrustStore(): Uint8Array;
  /** Returns the OpenAPI 3.1 document of the control API. */
  openApi(): object;
  /**
   * Lists the telemetry messages in memory, in order of arrival: from all devices, from one device and its modules, or
   * from one module. Can wait for messages to arrive; messages that arrive in time are returned even if they are too few.
   */
  telemetry(identity?: string, options?: TelemetryQuery): TelemetryMessage[];
  /** Iterates over the events of all devices, of one device and its modules, or of one module. */
  events(identity?: string): AsyncIterableIterator<HubEvent>;
  /**
   * Starts a workload API, which signs tokens for a module and provides its trust bundle, as on an Edge device. It
   * listens on a port: over HTTP, no one chooses a path in the file system.
   *
   * @throws {HubError} ModuleNotFound
   */
  startWorkload(options: Omit<WorkloadOptions, "socketPath">): Promise<WorkloadInfo>;
  /** Lists the running workload APIs. */
  workloads(): WorkloadInfo[];
  /**
   * Stops a workload API.
   *
   * @throws {HubError} GenericNotFound
   */
  stopWorkload(id: string): Promise<void>;
  /**
   * Opens another hub with its own devices, ports, faults and control API. It shares the provisioning service, and
   * listens on the address of the first hub.
   *
   * @throws {HubError} ArgumentInvalid if the name is in use, or contains characters other than letters, digits and `-`
   */
  createHub(name: string, options?: Omit<HubOptions, "host">): Promise<NamedHubInfo>;
  /** Lists the hubs, starting with the first. */
  hubs(): NamedHubInfo[];
  /**
   * Closes a hub other than the first.
   *
   * @throws {HubError} GenericNotFound; ArgumentInvalid for the first hub
   */
  closeHub(name: string): Promise<void>;
  /**
   * Links a hub of another process to the provisioning service, or confirms that it is linked. Hubs with the option `join` call
   * it every few seconds.
   *
   * @throws {HubError} ArgumentInvalid if another hub has its name or host, or for another version; ServiceUnavailable if its
   * control API can't be reached
   */
  joinHub(name: string, options: JoinOptions): Promise<JoinAnswer>;
  /** Assigns no more devices to a joined hub, until it joins again. Hubs that close call it. */
  leaveHub(name: string, instance: string): void;
  /**
   * Issues a server certificate to a joining hub, so that clients of this hub trust it. No private key is sent.
   *
   * @throws {HubError} Forbidden for a name beyond this machine, unless the control API requires a token; ArgumentInvalid
   */
  certifyHub(names: readonly string[], publicKey: string): Promise<IssuedServerCertificate>;
  /**
   * Returns the hub that this one has joined.
   *
   * @throws {HubError} GenericNotFound if it hasn't joined another one
   */
  joinStatus(): JoinStatus;
  /**
   * Creates a device, or changes its credentials, for the provisioning service of another hub. Returns whether it existed.
   *
   * @throws {HubError} ArgumentInvalid, IotHubFormatError
   */
  assignDevice(deviceId: string, device: AssignedDevice): Promise<boolean>;
}
