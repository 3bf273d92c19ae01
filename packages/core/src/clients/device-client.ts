import { parseConnectionString } from "../auth/connection-string.ts";
import { symmetricKeySigner } from "../auth/sas-token.ts";
import { decodeSymmetricKey } from "../auth/symmetric-key.ts";
import { generatedTokens } from "../connection/credential.ts";
import { ArgumentError } from "../errors.ts";
import type { Listener } from "../events/channel.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import { type Identity, resourceOf } from "../mqtt/topics.ts";
import type { TwinPatch } from "./client-events.ts";
import { type ClientOptions, resolveOptions } from "./client-options.ts";
import { parseHost } from "./host-name.ts";
import { type ClientSetup, HubClient, type TwinShape } from "./hub-client.ts";
import { checkId } from "./identity.ts";
import type { Platform } from "./platform.ts";

/**
 * A device of an IoT hub.
 *
 * It connects by itself when something needs the hub, comes back by itself after a drop, and says in `state` and
 * `onConnectionStateChange` where it stands.
 *
 * @example
 * const client = IoTHubDeviceClient.createFromConnectionString(connectionString);
 * client.onMessageReceived = (message) => console.log(message.text());
 * await client.sendMessage({ temperature: 21.5 });
 *
 * @source Python `IoTHubDeviceClient`
 */
export class IoTHubDeviceClient<
  T extends TwinShape = { desired: TwinPatch; reported: TwinPatch },
> extends HubClient<T> {
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /** Use the factories. */
  protected constructor(setup: ClientSetup) {
    super(setup);
  }

  /**
   * Makes a client from a device's connection string:
   * `HostName=…;DeviceId=…;SharedAccessKey=…`, with `GatewayHostName=…` for a gateway. Touches no network.
   *
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} an option that this runtime cannot do
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = { desired: TwinPatch; reported: TwinPatch }>(
    connectionString: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    const platform = requirePlatform(this.platform);
    const parts = parseConnectionString(connectionString);
    const invalid = (rule: string): ArgumentError =>
      new ArgumentError("invalid_connection_string", `The connection string is not valid: ${rule}`);
    if (parts.ModuleId !== undefined) throw invalid("it is for a module, use IoTHubModuleClient");
    if (parts.DeviceId === undefined) throw invalid("it is for a service, its 'DeviceId' is missing");
    if (parts.x509 !== undefined) throw invalid("with x509, use createFromX509Certificate");
    const resolved = resolveOptions(options, platform.runtime, {
      gatewayHostname: "the connection string says it with 'GatewayHostName'",
    });
    const host = parts.HostName ?? "";
    const identity: Identity = {
      hostName: parseHost("HostName", host).host,
      deviceId: checkId("DeviceId", parts.DeviceId),
      moduleId: undefined,
    };
    const key = decodeSymmetricKey(parts.SharedAccessKey, "SharedAccessKey");
    const signer = symmetricKeySigner(key, platform.runtime.crypto.hmacSha256);
    return new this({
      platform,
      identity,
      host,
      credential: generatedTokens(signer, resourceOf(identity), resolved.sastokenTtl),
      options: { ...resolved, gatewayHostname: parts.GatewayHostName },
    });
  }

  /**
   * Called with each cloud-to-device message. The hub is told that the message is done once the handler has returned
   * and its promise, if it returns one, has resolved; when it fails, the hub delivers the message again.
   *
   * @source Python `on_message_received`
   */
  get onMessageReceived(): Listener<ReceivedMessage> | undefined {
    return this.channels.message.handler;
  }
  set onMessageReceived(handler: Listener<ReceivedMessage> | null | undefined) {
    this.setHandler("message", handler);
  }

  /**
   * Cloud-to-device messages as they come. A message is done when the loop asks for the next one or is left, also by an
   * exception; use a handler where a failure has to lead to another delivery. Ends with `signal` and at shutdown.
   */
  messages(options: { signal?: AbortSignal } = {}): AsyncGenerator<ReceivedMessage, void, undefined> {
    return this.channels.message.iterate(options.signal);
  }

  protected override onMessageInterest(wanted: boolean): void {
    if (wanted) this.connection.subscribe("c2d");
    else this.connection.unsubscribe("c2d");
  }
}

function requirePlatform(platform: Platform | undefined): Platform {
  if (platform !== undefined) return platform;
  throw new ArgumentError(
    "invalid_argument",
    "The client classes of @isohub/core have no runtime; import them from @isohub/node, @isohub/browser or @isohub/deno",
  );
}
