import type { TokenEndpoint, TokenProvider } from "../auth/token-provider.ts";
import type { X509 } from "../auth/x509.ts";
import type { ReceiveOptions } from "../events/receive-queue.ts";
import type { ReceivedMessage } from "../messages/message.ts";
import type { ClientOptions } from "../setup/client-options.ts";
import {
  readToken,
  setupFromConnectionString,
  setupFromSastoken,
  setupFromSymmetricKey,
  setupFromX509,
} from "../setup/client-setup.ts";
import type { Platform } from "../setup/platform.ts";
import { type DeviceProvisioning, setupFromProvisioning } from "../setup/provisioned-setup.ts";
import type { UploadData } from "../upload/blob-source.ts";
import type { StorageInfo } from "../upload/storage-info.ts";
import type { OperationOptions } from "../util/deadline.ts";
import type { DeviceUploads, UploadOptions } from "./device-uploads.ts";
import { receiveCallsOf } from "./receive-calls.ts";
import { ReceiveClient } from "./receive-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

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
export class IoTHubDeviceClient<T extends TwinShape = UntypedTwin> extends ReceiveClient<T> {
  protected static readonly brand: symbol = Symbol.for("isohub.IoTHubDeviceClient");
  /** Set by the runtime packages; the class of core itself has none and cannot make clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Makes a client from a device's connection string:
   * `HostName=…;DeviceId=…;SharedAccessKey=…`, with `GatewayHostName=…` for a gateway. Touches no network.
   *
   * @param connectionString - also with `SharedAccessKeyName`, which signs with that policy of the hub, or with
   * `SharedAccessSignature` instead of a key, as in {@link createFromSastoken}
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `invalid_sas_token`, `unknown_option` or
   * `invalid_argument`
   * @throws {UnsupportedFeatureError} an option that this runtime cannot do
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = UntypedTwin>(
    connectionString: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromConnectionString(this.platform, "device", connectionString, options, readToken));
  }

  /**
   * Makes a client from a SAS token that somebody else signed; hub and device id are read from it. The client asks for
   * the next one with `onNewSastokenRequired`. Touches no network.
   *
   * @throws {ArgumentError} `invalid_sas_token`, `unknown_option` or `invalid_argument`
   * @source Python `create_from_sastoken`
   */
  static createFromSastoken<T extends TwinShape = UntypedTwin>(
    sastoken: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromSastoken(this.platform, "device", sastoken, options));
  }

  /**
   * Makes a client whose SAS tokens are signed elsewhere, such as by a token broker, so that no key has to be here. Asks
   * for the first token at once, which says which hub and device it is, and for each further one before the last one
   * ends: 120 s before, or half-way where it lives for less than 240 s. While the provider fails, the client stays
   * connected for as long as its token lives, and asks again with the back-off of {@link ClientOptions.retryPolicy}; each
   * failure goes to `onBackgroundException`. A token that the hub refuses is replaced once.
   *
   * @param tokenProvider - the URL of a broker, a {@link TokenEndpoint} with more about the request, or a function of
   * your own. It has `connectTimeoutMs` for its answer.
   * @throws {ArgumentError} `invalid_argument` or `unknown_option`
   * @throws {CredentialError} `invalid_sas_token` — the answer is no token, has expired, or is for another device or hub
   * than before; `token_refused` — the broker answered with 401 or 403. Neither is tried again.
   * @throws {ConnectionFailedError} `token_provider_failed` — no answer, or the function failed
   * @throws {ServiceError} `token_provider_failed` — another error status; 429 and 5xx are tried again, with regard to
   * `Retry-After`
   * @throws {OperationTimeoutError} `operation_timeout`
   */
  static async createFromTokenProvider<T extends TwinShape = UntypedTwin>(
    tokenProvider: string | URL | TokenEndpoint | TokenProvider,
    options: ClientOptions = {},
  ): Promise<IoTHubDeviceClient<T>> {
    const { setupFromTokenProvider } = await import("../setup/provider-setup.ts");
    return new this(await setupFromTokenProvider(this.platform, "device", tokenProvider, options));
  }

  /**
   * Makes a client from a device's key. Touches no network.
   *
   * @param symmetricKey - base64; `undefined` with the option `signingMechanism`
   * @throws {ArgumentError} `invalid_key`, `unknown_option` or `invalid_argument`
   * @source Python `create_from_symmetric_key`
   */
  static createFromSymmetricKey<T extends TwinShape = UntypedTwin>(
    symmetricKey: string | undefined,
    hostname: string,
    deviceId: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(
      setupFromSymmetricKey(this.platform, "device", symmetricKey, { hostname, deviceId }, options),
    );
  }

  /**
   * Makes a client from a certificate that the hub knows by its thumbprint or its authority. Reads and checks it, and
   * touches no network.
   *
   * @throws {ArgumentError} `invalid_certificate`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} where a client certificate is not possible
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate<T extends TwinShape = UntypedTwin>(
    x509: X509,
    hostname: string,
    deviceId: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromX509(this.platform, "device", x509, { hostname, deviceId }, options));
  }

  /**
   * Makes a client that finds its hub by itself. With its first connection it registers with the provisioning service
   * and connects to the hub it is assigned to; from then on, and from the next start on if there is a `storage`, it goes
   * there at once. When the hub refuses the device because it was deleted, disabled or moved, or cannot be reached for
   * a minute or two, it registers again and goes on at the hub it is assigned to then: telemetry that is not acknowledged is
   * sent there, desired properties that differ arrive as one patch, and answers to calls of the old hub reject with
   * `ConnectionDroppedError`. Each try to connect registers once at most. Touches no network.
   *
   * `connect()`, and operations that connect, reject with what the service or the hub says, as `register` of
   * `ProvisioningDeviceClient` does; when both turn the device away, the client stays disconnected with that as the
   * reason. A storage that fails goes to `onBackgroundException` as `storage_failed`.
   *
   * @param options - as of all clients; trust and proxy are for the provisioning service as well, `gatewayHostname` is for
   * the hub alone
   * @throws {ArgumentError} `invalid_argument`, `invalid_key`, `invalid_certificate` or `unknown_option`
   * @throws {UnsupportedFeatureError} a certificate, or an option, that this runtime cannot do
   */
  static createFromProvisioning<T extends TwinShape = UntypedTwin>(
    provisioning: DeviceProvisioning,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromProvisioning(this.platform, provisioning, options));
  }

  /**
   * Fetches the next cloud-to-device message, which is done with that.
   *
   * @returns `undefined` when none came in the time given
   * @throws {ClientError} `mode_conflict` when handlers have been set
   * @source Python `receive_message`
   */
  async receiveMessage(options: ReceiveOptions = {}): Promise<ReceivedMessage | undefined> {
    return receiveCallsOf(this.core).message(undefined, options);
  }

  /**
   * Asks the hub where a file can be uploaded to, over HTTPS. Tell the hub how it went with
   * {@link notifyBlobUploadStatus}, whatever happens: a device may have ten uploads open. {@link uploadToBlob} does all
   * of it.
   *
   * @throws {ServiceError} the hub refused, such as 403 with ten uploads open
   * @source Python `get_storage_info_for_blob`
   */
  async getStorageInfoForBlob(blobName: string, options: OperationOptions = {}): Promise<StorageInfo> {
    return (await this.#uploads()).storageInfo(blobName, options);
  }

  /**
   * Tells the hub how an upload went.
   *
   * @throws {ServiceError}
   * @source Python `notify_blob_upload_status`
   */
  async notifyBlobUploadStatus(
    correlationId: string,
    isSuccess: boolean,
    statusCode: number,
    statusDescription: string,
    options: OperationOptions = {},
  ): Promise<void> {
    const status = { correlationId, isSuccess, statusCode, statusDescription };
    await (await this.#uploads()).notify(status, options);
  }

  /**
   * Uploads a file: asks the hub where to, streams the data there in blocks of 4 MiB, and tells the hub how it went,
   * also when it failed or was given up. It has no time-out unless one is given: a file takes as long as it takes.
   *
   * @returns where the file is
   * @throws {ServiceError} the hub or the storage account refused
   */
  async uploadToBlob(blobName: string, data: UploadData, options: UploadOptions = {}): Promise<StorageInfo> {
    return (await this.#uploads()).upload(blobName, data, options);
  }

  /** Comes with the first upload: most devices never have one. */
  async #uploads(): Promise<DeviceUploads> {
    this.core.ensureOpen();
    const { DeviceUploads } = await import("./device-uploads.ts");
    return new DeviceUploads(this.core);
  }
}
