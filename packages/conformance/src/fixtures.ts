import type {
  AssignmentStorage,
  ClientOptions,
  IoTHubDeviceClient,
  IoTHubModuleClient,
  MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/core";
import type { CreateCertificateRequest } from "@isohub/core/csr";
import type { createOutbox, OutboxStore } from "@isohub/core/outbox";
import type { Feature } from "@isohub/core/runtime";
import type { createCertificate, createCertificateAuthority } from "@isohub/emulator";
import type { TestHub } from "./test-hub.ts";

/** The environment of a suite: a runtime, its clients and a hub. Only the files per runtime create one. */
export interface Fixtures {
  /** `node`, `chromium`, `firefox`, `deno`; `memory` for a hub in the same program. */
  readonly runtime: string;
  readonly features: ReadonlySet<Feature>;
  /** The MQTT engine of the clients; also in {@link connectOptions}. */
  readonly engine: MqttEngine;
  readonly clients: {
    readonly IoTHubDeviceClient: typeof IoTHubDeviceClient;
    readonly IoTHubModuleClient: typeof IoTHubModuleClient;
    readonly ProvisioningDeviceClient: typeof ProvisioningDeviceClient;
  };
  /** Absent if the runtime doesn't support client certificates. */
  readonly certificates?: CertificateMaker;
  readonly transport: "tls" | "websockets" | "memory";
  /** The hub's name of the transport. */
  readonly hubTransport: "tls" | "wss" | "ws";
  readonly hub: TestHub;
  /**
   * Changes a connection string so that a second client of the same device passes the runtime's identity lock. Absent if the
   * runtime has none.
   */
  readonly pastIdentityLock?: (connectionString: string) => string;
  /** Creates a storage of this runtime that outlives a client. */
  newStorage(): AssignmentStorage;
  readonly outbox: OutboxFixtures;
  /** The options that a client needs to reach the hub over the transport. */
  readonly connectOptions: ClientOptions;
}

/** The outbox of a runtime. */
export interface OutboxFixtures {
  readonly createOutbox: typeof createOutbox;
  /** Creates a place for messages. @returns a function that creates a store there, as each start of a program does */
  newStore(): () => OutboxStore;
}

/** Creates certificates for tests. */
export interface CertificateMaker {
  readonly authority: typeof createCertificateAuthority;
  readonly client: typeof createCertificate;
  readonly request: CreateCertificateRequest;
}
