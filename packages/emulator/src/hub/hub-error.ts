/**
 * The errors of the hub by name, with their six-digit code and HTTP status. The comment of each is its meaning, and what to do.
 *
 * @source Service SDK error codes; IoT Hub documentation, "Azure IoT Hub error codes"
 */
const knownErrors = {
  /** The query has no `api-version`. Add one. */
  InvalidProtocolVersion: [400001, 400],
  /** An argument, option or part of the request isn't valid. Correct what the message names. */
  ArgumentInvalid: [400004, 400],
  /** The body, a key or a patch isn't in the format that the hub reads. Send what the message names. */
  IotHubFormatError: [400006, 400],
  /** The container of an import or export can't be read or written. Check its URL, its SAS and the name of the blob. */
  BlobContainerValidationError: [400008, 400],
  /** A bulk request has an identity twice. Send each identity once. */
  DeviceDefinedMultipleTimes: [400011, 400],
  /** A line of an import isn't the JSON of an identity. Correct it. */
  DeserializationError: [400012, 400],
  /** Uploads are disabled, or Azurite isn't installed. Install it, or set `blobStorage`. */
  DefaultStorageEndpointNotConfigured: [400014, 400],
  /** The device has no open upload with this id. Use the id of the upload request. */
  InvalidFileUploadCorrelationId: [400015, 400],
  /** The upload was reported more than an hour after it was requested. Request it again. */
  ExpiredFileUploadCorrelationId: [400016, 400],
  /** The notification of an upload isn't complete. Send its `isSuccess` and `statusCode`. */
  InvalidFileUploadCompletionStatus: [400019, 400],
  /** The policyKey of a request for new keys isn't valid. Send one of those that the message names. */
  InvalidPolicyKey: [400035, 400],
  /** The condition of a configuration can't be parsed. Correct it at the place that the message names. */
  InvalidConfigurationTargetCondition: [400401, 400],
  /** The content of a configuration isn't valid. Correct what the message names. */
  InvalidConfigurationContent: [400402, 400],
  /** The content of a configuration can't be changed. Create another configuration. */
  CannotModifyImmutableConfigurationContent: [400403, 400],
  /** A metric of a configuration can't be parsed. Correct the query that the message names. */
  InvalidConfigurationCustomMetricsQuery: [400404, 400],
  /** The patch of a digital twin isn't valid. Correct what the message names. */
  InvalidDigitalTwinJsonPatch: [400505, 400],
  /** The credential doesn't permit the operation. Check the policy's rights, the key and the token's scope. */
  IotHubUnauthorizedAccess: [401002, 401],
  /** The token or key isn't valid for the device. Check the key, the token's expiry and the device's status. */
  IotHubUnauthorized: [401003, 401],
  /** The control API refuses the page or the name in `Host`. Open the page at localhost, or allow its origin. */
  Forbidden: [403000, 403],
  /** The messages of the day are used up in the emulator's `tier`. Wait until midnight in UTC, or choose another tier. */
  IotHubQuotaExceeded: [403002, 403],
  /** Another import or export is running. Wait until it has ended, or cancel it. */
  JobQuotaExceeded: [403003, 403],
  /** The queue of the device is full. Wait until the device has received messages, or purge it. */
  DeviceMaximumQueueDepthExceeded: [403004, 403],
  /** The emulator's `tier` is a basic one, which has only telemetry and the registry. Choose a standard tier. */
  OperationNotAvailableInCurrentTier: [403010, 403],
  /** Ten uploads of the device are open. Report the result of one first. */
  DeviceMaximumActiveFileUploadLimitExceeded: [403006, 403],
  /** The path, hub, route, authority or blob doesn't exist. Check its name. */
  GenericNotFound: [404000, 404],
  /** The device isn't registered. Create it first. */
  DeviceNotFound: [404001, 404],
  /** The job doesn't exist. Check its id. */
  JobNotFound: [404002, 404],
  /** The configuration doesn't exist. Check its id. */
  ConfigurationNotFound: [404301, 404],
  /** The module isn't registered. Create it first. */
  ModuleNotFound: [404010, 404],
  /** The device isn't connected, or doesn't listen for methods. Connect it, or set a longer connection time-out. */
  DeviceNotOnline: [404103, 404],
  /** The device disconnected before it responded to the method. Call the method again. */
  DeviceConnectionClosedRemotely: [404104, 404],
  /** The enrollment, group or registration doesn't exist. Create it first. */
  EnrollmentNotFound: [404201, 404],
  /** The registration has no such operation. Start the registration again. */
  OperationNotFound: [404202, 404],
  /** A device with this id is registered. Choose another id, or update that one. */
  DeviceAlreadyExists: [409001, 409],
  /** A job with this id exists. Choose another id. */
  JobAlreadyExists: [409104, 409],
  /** A configuration with this id exists. Choose another id, or send its etag in `If-Match`. */
  ConfigurationAlreadyExists: [409401, 409],
  /** The device has a module with this id. Choose another id, or update that one. */
  ModuleAlreadyExistsOnDevice: [409301, 409],
  /** An enrollment or group with this id exists. Choose another id, or send its etag in `If-Match`. */
  EnrollmentAlreadyExists: [409201, 409],
  /** The etag in `If-Match` isn't the current one. Read the resource again, and send its etag. */
  PreconditionFailed: [412001, 412],
  /** The lock of the message has run out, or the message was settled. Fetch it again. */
  DeviceMessageLockLost: [412002, 412],
  /** The message is larger than the hub accepts. Send less. */
  MessageTooLarge: [413001, 413],
  /** A bulk request has more than a hundred identities. Send several requests. */
  TooManyDevices: [413002, 413],
  /** The device has fifty modules. Delete one first. */
  TooManyModulesOnDevice: [413003, 413],
  /** The hub has a hundred configurations. Delete one first. */
  ConfigurationCountLimitExceeded: [413101, 413],
  /** The body isn't declared as JSON. Send it with the content type `application/json`. */
  UnsupportedMediaType: [415001, 415],
  /** Too many requests, or an injected fault. Try again after the time in `retry-after`. */
  ThrottlingException: [429001, 429],
  /** The hub has a hundred jobs that haven't ended. Wait until one has. */
  ThrottlingMaxActiveJobCountExceeded: [429004, 429],
  /** Something failed in the emulator, or a fault was injected. Try again; report it if it persists. */
  ServerError: [500001, 500],
  /** The emulator doesn't have this part of the service API. Use what the message names, or the control API. */
  NotEmulated: [501001, 501],
  /** The hub is closed, or a fault took it down. Try again when it is back. */
  ServiceUnavailable: [503001, 503],
  /** The device didn't respond to the method in time. Check its handler, or set a longer response time-out. */
  GatewayTimeout: [504101, 504],
} as const;

/** The name of a hub error, as in the header `iothub-errorcode`. */
export type HubErrorName = keyof typeof knownErrors;

/** The body of an error response. */
export interface HubErrorBody {
  readonly errorCode: number;
  readonly trackingId: string;
  readonly message: string;
  readonly info: Readonly<Record<string, string>>;
  readonly timestampUtc: string;
}

/** Thrown by operations of the hub that fail. It carries what the real hub responds with. */
export class HubError extends Error {
  /** The hub's name for the error, such as `DeviceNotOnline`. */
  override readonly name: HubErrorName;
  /** The HTTP status of the service API's response. */
  readonly statusCode: number;
  /** The six-digit code, such as 404103. */
  readonly errorCode: number;
  /** `{32 hex}-G:{n}-TimeStamp:{date}`, which Azure support would ask for. */
  readonly trackingId: string;
  /** The time of the error, ISO 8601 with seven decimals. */
  readonly timestampUtc: string;
  /** Details, for some errors. */
  readonly info: Readonly<Record<string, string>>;

  constructor(name: HubErrorName, message: string, info: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = name;
    [this.errorCode, this.statusCode] = knownErrors[name];
    this.trackingId = newTrackingId();
    this.timestampUtc = new Date().toISOString().replace("Z", "0000Z");
    this.info = info;
  }

  /** Returns the body of the response. */
  toBody(): HubErrorBody {
    const { errorCode, trackingId, message, info, timestampUtc } = this;
    return { errorCode, trackingId, message, info, timestampUtc };
  }
}

/** Returns the body of an error with any status, for faults. */
export function errorOfStatus(status: number, message: string): HubErrorBody {
  const error = errorOf(status, message);
  const body = error.toBody();
  return error.statusCode === status ? body : { ...body, errorCode: status * 1000 + 1 };
}

/** Returns the first error with a status, for faults; `ServerError` for a status that the hub doesn't use. */
export function errorOf(status: number, message: string): HubError {
  const name = (Object.keys(knownErrors) as HubErrorName[]).find((key) => knownErrors[key][1] === status);
  return new HubError(name ?? "ServerError", message);
}

/** Returns anything that was thrown as an error of the hub: `ServerError` for any other error. */
export function hubErrorOf(error: unknown): HubError {
  return error instanceof HubError ? error : new HubError("ServerError", messageOf(error));
}

/** Runs a function. If it throws ArgumentInvalid, this throws an error with another name and the same message. */
export function named<Result>(name: HubErrorName, run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (error instanceof HubError && error.name === "ArgumentInvalid")
      throw new HubError(name, error.message);
    throw error;
  }
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function newTrackingId(): string {
  const [date = "", time = ""] = new Date().toISOString().split("T");
  const [year, month, day] = date.split("-");
  return `${crypto.randomUUID().replaceAll("-", "")}-G:0-TimeStamp:${month}/${day}/${year} ${time.slice(0, 8)}`;
}
