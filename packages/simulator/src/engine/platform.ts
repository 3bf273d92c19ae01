import type { ClientOptions, IoTHubDeviceClient, IoTHubModuleClient } from "@isohub/core";
import type { Clock, MqttEngine } from "@isohub/core/runtime";

/** The factories of a client class that a simulation uses. */
export type ClientFactory<Client> = {
  /** Creates a client, which doesn't connect yet. */
  createFromConnectionString(connectionString: string, options?: ClientOptions): Client;
};

/** The factory of device clients, which can also register with the provisioning service. */
export type DeviceClientFactory = ClientFactory<IoTHubDeviceClient> &
  Pick<typeof IoTHubDeviceClient, "createFromProvisioning">;

/**
 * The runtime of a simulation: the clients of a runtime package, and the dependencies that tests replace.
 *
 * @example
 * import * as isohub from "@isohub/node";
 * const platform: SimulatorPlatform = { ...isohub, engine: isohub.leanEngine, clock: webClock };
 */
export interface SimulatorPlatform {
  readonly IoTHubDeviceClient: DeviceClientFactory;
  readonly IoTHubModuleClient: ClientFactory<IoTHubModuleClient>;
  /** `leanEngine` or `mqttJsEngine` of the runtime package. */
  readonly engine: MqttEngine;
  /** Default: the runtime's own timers. */
  readonly clock?: Clock | undefined;
  /**
   * The way to a local hub: `tls` needs a runtime that trusts its certificate on request, as Node does. Default: `plain`, WebSockets
   * without TLS.
   */
  readonly localTransport?: "tls" | "plain" | undefined;
  /**
   * Whether clients can trust the certificate authority of the local hub. Uploads need it also with `plain`, because storage always uses TLS.
   * Default: with `tls`.
   */
  readonly trustsLocalHub?: boolean | undefined;
  /**
   * Whether the delays of reconnecting come from the seed. Default: false, because a client with its own retry policy doesn't wait longer after
   * connections that end soon.
   */
  readonly repeatsDelays?: boolean | undefined;
  /** Options of every client, such as a proxy. */
  readonly clientOptions?: ClientOptions | undefined;
}
