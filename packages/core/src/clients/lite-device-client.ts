import { invalidConnectionString } from "../auth/connection-string.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import { setupFromConnectionString } from "../setup/client-setup.ts";
import type { Platform } from "../setup/platform.ts";
import { HubClient } from "./hub-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

/**
 * The part of `IoTHubDeviceClient` that most pages need, so that they don't load the rest: a device with a connection string, its
 * telemetry, cloud-to-device messages, direct methods and twin, and reconnection. It behaves in the same way.
 */
export class LiteDeviceClient<T extends TwinShape = UntypedTwin> extends HubClient<T> {
  protected static readonly brand: symbol = Symbol.for("isohub.LiteDeviceClient");
  /** Set by the runtime packages. Core's class has none, and can't create clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Creates a client from a device's connection string, `HostName=…;DeviceId=…;SharedAccessKey=…`, optionally with
   * `GatewayHostName=…`. Doesn't connect.
   *
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} the runtime doesn't support an option
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = UntypedTwin>(
    connectionString: string,
    options: ClientOptions = {},
  ): LiteDeviceClient<T> {
    return new this(
      setupFromConnectionString(this, "device", connectionString, options, () => {
        throw invalidConnectionString("must have a SharedAccessKey");
      }),
    );
  }
}
