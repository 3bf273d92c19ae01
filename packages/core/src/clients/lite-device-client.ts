import { invalidConnectionString } from "../auth/connection-string.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { setupFromConnectionString } from "../setup/client-setup.ts";
import type { Platform } from "../setup/platform.ts";
import { HubClient } from "./hub-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

/**
 * What most pages need of `IoTHubDeviceClient`, and nothing else, so that they do not load the rest: a device with a
 * connection string, its telemetry, cloud-to-device messages, direct methods and twin, that comes back by itself after a
 * drop. All of it is as there.
 */
export class LiteDeviceClient<T extends TwinShape = UntypedTwin> extends HubClient<T> {
  protected static readonly brand: symbol = Symbol.for("isohub.LiteDeviceClient");
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Makes a client from a device's connection string:
   * `HostName=…;DeviceId=…;SharedAccessKey=…`, with `GatewayHostName=…` for a gateway. Touches no network.
   *
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} an option that this runtime cannot do
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = UntypedTwin>(
    connectionString: string,
    options: ClientOptions = {},
  ): LiteDeviceClient<T> {
    return new this(
      setupFromConnectionString(this.platform, "device", connectionString, options, () => {
        throw invalidConnectionString("must have a SharedAccessKey");
      }),
    );
  }
}
