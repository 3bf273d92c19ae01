/**
 * The errors of the hub by name, with their six-digit code and HTTP status.
 *
 * @source Service SDK error codes; IoT Hub documentation, "Azure IoT Hub error codes"
 */
const knownErrors = {
  InvalidProtocolVersion: [400001, 400],
  ArgumentInvalid: [400004, 400],
  IotHubFormatError: [400006, 400],
  DefaultStorageEndpointNotConfigured: [400014, 400],
  InvalidFileUploadCorrelationId: [400015, 400],
  ExpiredFileUploadCorrelationId: [400016, 400],
  InvalidFileUploadCompletionStatus: [400019, 400],
  IotHubUnauthorizedAccess: [401002, 401],
  IotHubUnauthorized: [401003, 401],
  DeviceMaximumQueueDepthExceeded: [403004, 403],
  DeviceMaximumActiveFileUploadLimitExceeded: [403006, 403],
  GenericNotFound: [404000, 404],
  DeviceNotFound: [404001, 404],
  ModuleNotFound: [404010, 404],
  DeviceNotOnline: [404103, 404],
  DeviceConnectionClosedRemotely: [404104, 404],
  EnrollmentNotFound: [404201, 404],
  OperationNotFound: [404202, 404],
  DeviceAlreadyExists: [409001, 409],
  ModuleAlreadyExistsOnDevice: [409301, 409],
  EnrollmentAlreadyExists: [409201, 409],
  PreconditionFailed: [412001, 412],
  MessageTooLarge: [413001, 413],
  TooManyModulesOnDevice: [413003, 413],
  ThrottlingException: [429001, 429],
  ServerError: [500001, 500],
  ServiceUnavailable: [503001, 503],
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
  const name = (Object.keys(knownErrors) as HubErrorName[]).find((key) => knownErrors[key][1] === status);
  const body = new HubError(name ?? "ServerError", message).toBody();
  return name === undefined ? { ...body, errorCode: status * 1000 + 1 } : body;
}

/** Returns anything that was thrown as an error of the hub: `ServerError` for any other error. */
export function hubErrorOf(error: unknown): HubError {
  return error instanceof HubError ? error : new HubError("ServerError", messageOf(error));
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
