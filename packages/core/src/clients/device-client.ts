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
import { loadFile } from "../util/load-file.ts";
import type { DeviceUploads, UploadOptions } from "./device-uploads.ts";
import { receiveCallsOf } from "./receive-calls.ts";
import { ReceiveClient } from "./receive-client.ts";
import type { TwinShape, UntypedTwin } from "./twin-types.ts";

/**
 * A device of an IoT hub.
 *
 * It connects automatically when an operation or handler needs the hub, reconnects after a lost connection, and reports both in
 * `state` and `onConnectionStateChange`.
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
  /** Set by the runtime packages. Core's class has none, and can't create clients. */
  protected static readonly platform: Platform | undefined = undefined;

  /**
   * Creates a client from a device's connection string, `HostName=…;DeviceId=…;SharedAccessKey=…`, optionally with
   * `GatewayHostName=…`. Doesn't connect.
   *
   * @param connectionString - also with `SharedAccessKeyName`, which signs with that policy of the hub, or with
   * `SharedAccessSignature` instead of a key, as in {@link createFromSastoken}
   * @throws {ArgumentError} `invalid_connection_string`, `invalid_key`, `invalid_sas_token`, `unknown_option` or
   * `invalid_argument`
   * @throws {UnsupportedFeatureError} the runtime doesn't support an option
   * @source Python `create_from_connection_string`
   */
  static createFromConnectionString<T extends TwinShape = UntypedTwin>(
    connectionString: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromConnectionString(this, "device", connectionString, options, readToken));
  }

  /**
   * Creates a client from a SAS token, which contains the hub and the device id. The client requests the next token with
   * `onNewSastokenRequired`. Doesn't connect.
   *
   * @throws {ArgumentError} `invalid_sas_token`, `unknown_option` or `invalid_argument`
   * @source Python `create_from_sastoken`
   */
  static createFromSastoken<T extends TwinShape = UntypedTwin>(
    sastoken: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromSastoken(this, "device", sastoken, options));
  }

  /**
   * Creates a client whose SAS tokens are signed elsewhere, such as by a token broker, so that it needs no key. Requests the
   * first token immediately, because it contains the hub and the device id, and the next one 120 s before a token expires, or
   * halfway if it is valid for less than 240 s. While the provider fails, the client stays connected until its token expires, and
   * retries with the backoff of {@link ClientOptions.retryPolicy}; each failure goes to `onBackgroundException`. A token that
   * the hub refuses is replaced once.
   *
   * @param tokenProvider - the URL of a broker, a {@link TokenEndpoint} with more about the request, or your own function,
   * which must answer within `connectTimeoutMs`
   * @throws {ArgumentError} `invalid_argument` or `unknown_option`
   * @throws {CredentialError} `invalid_sas_token`: the answer isn't a token, has expired, or is for another device or hub than
   * before; `token_refused`: the broker answered with 401 or 403. The client retries neither.
   * @throws {ConnectionFailedError} `token_provider_failed`: no answer, or the function failed
   * @throws {ServiceError} `token_provider_failed`: another error status. The client retries 429 and 5xx, respecting
   * `Retry-After`.
   * @throws {OperationTimeoutError} `operation_timeout`
   */
  static async createFromTokenProvider<T extends TwinShape = UntypedTwin>(
    tokenProvider: string | URL | TokenEndpoint | TokenProvider,
    options: ClientOptions = {},
  ): Promise<IoTHubDeviceClient<T>> {
    const { setupFromTokenProvider } = await loadFile(() => import("../setup/provider-setup.ts"));
    return new this(await setupFromTokenProvider(this, "device", tokenProvider, options));
  }

  /**
   * Creates a client from a device's key. Doesn't connect.
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
    return new this(setupFromSymmetricKey(this, "device", symmetricKey, { hostname, deviceId }, options));
  }

  /**
   * Creates a client from a certificate that the hub knows by its thumbprint or its authority. Reads and checks it, but doesn't
   * connect.
   *
   * @throws {ArgumentError} `invalid_certificate`, `unknown_option` or `invalid_argument`
   * @throws {UnsupportedFeatureError} the runtime doesn't support client certificates
   * @source Python `create_from_x509_certificate`
   */
  static createFromX509Certificate<T extends TwinShape = UntypedTwin>(
    x509: X509,
    hostname: string,
    deviceId: string,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromX509(this, "device", x509, { hostname, deviceId }, options));
  }

  /**
   * Creates a client that finds its hub through the provisioning service. On its first connection it registers, and connects to
   * the assigned hub. Later, and after a restart if there is a `storage`, it connects to that hub directly. If the hub refuses
   * the device because it was deleted, disabled or moved, or can't be reached for a minute or two, the client registers again
   * and continues at the hub that it is assigned to then: unacknowledged telemetry is sent there, desired properties that
   * differ arrive as one patch, and responses to calls of the previous hub reject with `ConnectionDroppedError`. Each
   * connection attempt registers at most once. Doesn't connect.
   *
   * `connect()`, and operations that connect, reject with the error of the service or the hub, as `register` of
   * `ProvisioningDeviceClient` does. If both refuse the device, the client stays disconnected, with the error as the reason. A
   * failing storage is reported to `onBackgroundException` as `storage_failed`.
   *
   * @param options - certificates and proxy also apply to the provisioning service, `gatewayHostname` only to the hub
   * @throws {ArgumentError} `invalid_argument`, `invalid_key`, `invalid_certificate` or `unknown_option`
   * @throws {UnsupportedFeatureError} the runtime doesn't support client certificates or an option
   */
  static createFromProvisioning<T extends TwinShape = UntypedTwin>(
    provisioning: DeviceProvisioning,
    options: ClientOptions = {},
  ): IoTHubDeviceClient<T> {
    return new this(setupFromProvisioning(this, provisioning, options));
  }

  /**
   * Fetches the next cloud-to-device message, and acknowledges it.
   *
   * @returns `undefined` if none arrived in time
   * @throws {ClientError} `mode_conflict`: handlers have been set
   * @source Python `receive_message`
   */
  async receiveMessage(options: ReceiveOptions = {}): Promise<ReceivedMessage | undefined> {
    return receiveCallsOf(this.core).message(undefined, options);
  }

  /**
   * Requests the destination of a file upload from the hub, over HTTPS. Report the result with {@link notifyBlobUploadStatus} in
   * any case, because a device can have only ten uploads open. {@link uploadToBlob} does all of this.
   *
   * @throws {ServiceError} the hub refused, such as with 403 if ten uploads are open
   * @source Python `get_storage_info_for_blob`
   */
  async getStorageInfoForBlob(blobName: string, options: OperationOptions = {}): Promise<StorageInfo> {
    return (await this.#uploads()).storageInfo(blobName, options);
  }

  /**
   * Notifies the hub of the result of an upload.
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
   * Uploads a file: requests the destination from the hub, streams the data there in blocks of 4 MiB, and notifies the hub of the
   * result, even if the upload failed or was aborted, also by {@link shutdown}. It has no time-out by default, because a large
   * file may take long, but each step has one: the requests to the hub `operationTimeoutMs`, and a block
   * 60 s without progress; where the runtime doesn't see progress, 60 s and 1 s for each 8 kB.
   *
   * @returns the location of the file
   * @throws {ServiceError} the hub or the storage account refused
   */
  async uploadToBlob(blobName: string, data: UploadData, options: UploadOptions = {}): Promise<StorageInfo> {
    return (await this.#uploads()).upload(blobName, data, options);
  }

  /** Loaded on first use: most devices never upload a file. */
  async #uploads(): Promise<DeviceUploads> {
    this.core.ensureOpen();
    const { DeviceUploads } = await loadFile(() => import("./device-uploads.ts"));
    return new DeviceUploads(this.core);
  }
}
