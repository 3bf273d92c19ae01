import type {
  AssignmentStorage,
  ClientOptions,
  IoTHubDeviceClient,
  IoTHubModuleClient,
  MqttEngine,
  ProvisioningDeviceClient,
} from "@isohub/core";
import type { CertificateRequest } from "@isohub/core/csr";
import type { Feature } from "@isohub/core/runtime";
import type { HubControl } from "./hub-control.ts";

/** What a suite runs against. Per-runtime files only build these; the suites know no runtime. */
export interface Fixtures {
  /** `node`, `chromium`, `deno`. */
  readonly runtime: string;
  readonly features: ReadonlySet<Feature>;
  /** The MQTT implementation that the clients use; it is in {@link connectOptions}. */
  readonly engine: MqttEngine;
  readonly clients: {
    readonly IoTHubDeviceClient: typeof IoTHubDeviceClient;
    readonly IoTHubModuleClient: typeof IoTHubModuleClient;
    readonly ProvisioningDeviceClient: typeof ProvisioningDeviceClient;
  };
  /** Makes client certificates, where the runtime can use them. */
  readonly certificates?: CertificateMaker;
  /** Makes certificate requests, where the runtime can use certificates. */
  createCertificateRequest?(registrationId: string): Promise<CertificateRequest>;
  /** `tls` or `websockets`. */
  readonly transport: "tls" | "websockets";
  /** What the hub calls this transport. */
  readonly hubTransport: "tls" | "wss" | "ws";
  readonly hub: HubControl;
  /**
   * Leads a second client of the same device past the runtime's own check that there is only one, where there is such a
   * check.
   */
  readonly pastIdentityLock?: (connectionString: string) => string;
  /** A place of this runtime that outlives a client, each call another one. */
  newStorage(): AssignmentStorage;
  /** What a client needs to reach the hub over this transport. */
  readonly connectOptions: ClientOptions;
}

/** A certificate authority that can sign. */
export interface Authority {
  /** PEM. */
  readonly cert: string;
}

/** Makes certificates for tests. */
export interface CertificateMaker {
  authority(commonName: string): Promise<Authority>;
  client(
    commonName: string,
    options?: { ca?: Authority; notBefore?: Date; notAfter?: Date },
  ): Promise<{ cert: string; key: string; thumbprint: string; sha1Thumbprint: string }>;
}
