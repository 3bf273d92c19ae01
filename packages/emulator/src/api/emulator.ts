import type { BlobStorage } from "../blobs/blob-storage.ts";
import type { HubOptions } from "../config/options.ts";
import type { Faults } from "../faults/faults.ts";
import type { Hub } from "../hub/hub.ts";
import type { JoinedHubInfo } from "../joining/join-records.ts";
import type { Provisioning } from "../provisioning/provisioning.ts";
import type { Workloads } from "../workload/workloads.ts";
import { type EmulatorEdge, edgeOf } from "./edge.ts";
import { type EmulatorEventHubs, eventHubsOf } from "./event-hubs.ts";
import type { EmulatorHubs } from "./hubs.ts";
import { type EmulatorIdentities, identitiesOf } from "./identities.ts";
import { type EmulatorMessages, messagesOf } from "./messages.ts";
import { type EmulatorMethods, methodsOf } from "./methods.ts";
import { type EmulatorProvisioning, provisioningOf } from "./provisioning.ts";
import { type EmulatorQuota, quotaOf } from "./quota.ts";
import { type EmulatorSessions, sessionsOf } from "./sessions.ts";
import type { EmulatorState } from "./state.ts";
import { type EmulatorTwins, twinsOf } from "./twins.ts";
import { type EmulatorUploads, uploadsOf } from "./uploads.ts";

/** The addresses of an emulator. */
export interface Endpoints {
  /** The bound address. */
  readonly host: string;
  /** The TLS port, for MQTT, AMQP, WebSockets at `/$iothub/websocket`, and HTTPS. */
  readonly port: number;
  /** The port without TLS, for web pages, and for the control API. */
  readonly plainPort: number;
  /** The provisioning service. It uses the same ports, and is distinguished by user names and paths. */
  readonly provisioning: { readonly host: string; readonly port: number; readonly plainPort: number };
  /** Base URL of the control API: `http://{host}:{plainPort}/control`. */
  readonly controlUrl: string;
}

/**
 * A running local IoT hub.
 *
 * An `identity` is a device id, or `device/module` for a module. Every method that takes an identity rejects with a
 * `HubError` `DeviceNotFound` or `ModuleNotFound` if it isn't registered.
 */
export interface Emulator
  extends EmulatorIdentities,
    EmulatorMessages,
    EmulatorMethods,
    EmulatorTwins,
    EmulatorEdge,
    EmulatorUploads,
    EmulatorEventHubs,
    EmulatorSessions,
    EmulatorQuota,
    EmulatorProvisioning,
    EmulatorHubs<Emulator>,
    EmulatorState,
    AsyncDisposable {
  readonly hostName: string;
  /** The certificate authority that clients must trust, in PEM. A joined hub has that of the hub that it has joined. */
  readonly ca: string;
  readonly endpoints: Endpoints;
  /** The token that requests to the control API must have; `undefined` if they need none. */
  readonly controlToken: string | undefined;
  /** A connection string with the policy `iothubowner`, for service clients. */
  readonly serviceConnectionString: string;
  /**
   * Connection strings with each shared access policy, by name: `iothubowner`, `service`, `device`, `registryRead` and
   * `registryReadWrite`.
   */
  readonly policyConnectionStrings: Readonly<Record<string, string>>;
  /** Fault injection. */
  readonly faults: Faults;
  /** Closes all connections and ports. Closing the first hub closes the others as well. */
  close(): Promise<void>;
}

/** The components of an emulator. */
export interface EmulatorComponents {
  readonly hub: Hub;
  readonly hostName: string;
  /** The host of connection strings, with a port unless the official ports are bound. */
  readonly connectionHost: string;
  /** The host of connection strings for pages: `ws://name:port`. */
  readonly plainHost: string;
  readonly ca: string;
  readonly endpoints: Endpoints;
  readonly officialPorts: boolean;
  readonly controlToken: string | undefined;
  readonly faults: Faults;
  readonly provisioning: Provisioning;
  readonly blobs: BlobStorage;
  readonly workloads: Workloads;
  kick(identity: string): boolean;
  createHub(name: string, options: HubOptions): Promise<Emulator>;
  hubs(): ReadonlyMap<string, Emulator>;
  joinedHubs(): JoinedHubInfo[];
  readonly state: EmulatorState;
  close(): Promise<void>;
}

/** Composes an emulator from its components. */
export function createEmulator(components: EmulatorComponents): Emulator {
  const { hub, hostName, connectionHost, ca, endpoints, faults, provisioning } = components;
  const policyConnectionStrings = Object.fromEntries(
    Array.from(hub.policies.values(), ({ name, primaryKey }) => [
      name,
      `HostName=${connectionHost};SharedAccessKeyName=${name};SharedAccessKey=${primaryKey}`,
    ]),
  );
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closed ??= components.close();
    return closed;
  };
  return {
    ...identitiesOf(hub, connectionHost, components.plainHost),
    ...messagesOf(hub),
    ...methodsOf(hub),
    ...twinsOf(hub),
    ...edgeOf(hub, components.workloads),
    ...uploadsOf(hub, components.blobs, `${hostName}:${endpoints.plainPort}`),
    ...eventHubsOf(hub, {
      hostName,
      plainPort: endpoints.plainPort,
      officialPorts: components.officialPorts,
    }),
    ...sessionsOf(hub, components.kick),
    ...quotaOf(hub),
    ...provisioningOf(provisioning, connectionHost),
    hostName,
    ca,
    endpoints,
    controlToken: components.controlToken,
    serviceConnectionString: policyConnectionStrings["iothubowner"] ?? "",
    policyConnectionStrings,
    faults,
    createHub: (name, options = {}) => components.createHub(name, options),
    hubs: components.hubs,
    joinedHubs: components.joinedHubs,
    ...components.state,
    moveDevice: (registrationId, hubName) => provisioning.move(registrationId, hubName),
    close,
    [Symbol.asyncDispose]: close,
  };
}
