import { isInstance } from "./brand.ts";
import type { ErrorCode, ErrorCodeOf } from "./error-codes.ts";

export type { ErrorCode, ErrorCodeOf, ErrorCodes } from "./error-codes.ts";

/** The optional parts of an error. */
export interface ErrorDetails {
  /** The underlying error. */
  cause?: unknown;
  /** Whether the same operation may succeed if it is repeated unchanged. */
  retryable?: boolean;
  /** The first thing to do about the error. */
  remediation?: string | undefined;
}

/**
 * The base class of every error of the SDK, except {@link ArgumentError}, which is a `TypeError`. Switch on `code`; messages
 * are for people and may change. Neither contains keys or tokens.
 *
 * `instanceof` also recognizes errors from another copy of the SDK.
 */
export class IsoHubError<TCode extends ErrorCode = ErrorCode> extends Error {
  protected static readonly brand: symbol = Symbol.for("isohub.IsoHubError");
  override readonly name: string;
  /** The reason for the error, for programs: see {@link ErrorCodes}. */
  readonly code: TCode;
  /** Whether the same operation may succeed if it is repeated unchanged. */
  readonly retryable: boolean;
  /** The first thing to do about the error, if there is something. */
  readonly remediation: string | undefined;

  constructor(code: TCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    // From the brand: fields of subclasses are set later than the stack, which contains the name.
    this.name = String(new.target.brand.description).slice(7);
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.remediation = details.remediation;
    explainInStack(this);
  }

  /** Recognizes instances from any copy of the SDK. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/** The hub couldn't be reached, or the connection to it couldn't be secured. @source Python `ConnectionFailedError` */
export class ConnectionFailedError extends IsoHubError<ErrorCodeOf<"ConnectionFailedError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.ConnectionFailedError");
  declare readonly name: "ConnectionFailedError";

  constructor(code: ErrorCodeOf<"ConnectionFailedError">, message: string, details: ErrorDetails = {}) {
    super(code, message, { retryable: true, ...details });
  }
}

/** An established connection ended unexpectedly. @source Python `ConnectionDroppedError` */
export class ConnectionDroppedError extends IsoHubError<ErrorCodeOf<"ConnectionDroppedError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.ConnectionDroppedError");
  declare readonly name: "ConnectionDroppedError";

  constructor(code: ErrorCodeOf<"ConnectionDroppedError">, message: string, details: ErrorDetails = {}) {
    super(code, message, { retryable: true, ...details });
  }
}

/** The operation needs a connection, and `autoConnect` is off. @source Python `NoConnectionError` */
export class NoConnectionError extends IsoHubError<ErrorCodeOf<"NoConnectionError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.NoConnectionError");
  declare readonly name: "NoConnectionError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("not_connected", message, {
      remediation: "Call connect() first, or set autoConnect to true",
      ...details,
    });
  }
}

/** The hub refused the identity or its key, token or certificate. @source Python `CredentialError` */
export class CredentialError extends IsoHubError<ErrorCodeOf<"CredentialError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.CredentialError");
  declare readonly name: "CredentialError";
}

/** The parts of an error status, as the hub answered it. */
export interface ServiceErrorDetails extends ErrorDetails {
  /** Defaults to `service_error`. */
  code?: ErrorCodeOf<"ServiceError">;
  /** The answer of the provisioning service, for a registration that it didn't complete. */
  registration?: unknown;
  /** The status of the answer, with the meaning that it has in HTTP: 400, 412, 429, 500 … */
  statusCode: number;
  /** Minimum wait before the next attempt, in milliseconds. */
  retryAfterMs?: number | undefined;
  /** The hub's own six-digit error code. */
  errorCode?: number | undefined;
  /** The id of the request, for Azure support. */
  trackingId?: string | undefined;
}

/** The hub answered an operation with an error status. @source Python `ServiceError` */
export class ServiceError extends IsoHubError<ErrorCodeOf<"ServiceError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.ServiceError");
  declare readonly name: "ServiceError";
  /** The status of the answer, with the meaning that it has in HTTP: 400, 412, 429, 500 … */
  readonly statusCode: number;
  /** Minimum wait before the next attempt that the hub requests, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The hub's own six-digit error code, such as 400004, if the answer has one. */
  readonly errorCode: number | undefined;
  /** The id of the request, for Azure support. */
  readonly trackingId: string | undefined;
  /** The `RegistrationResult` of a registration that the service didn't complete. */
  readonly registration: unknown;

  constructor(message: string, details: ServiceErrorDetails) {
    super(details.code ?? "service_error", message, {
      retryable: details.statusCode === 429 || details.statusCode >= 500,
      ...details,
    });
    this.statusCode = details.statusCode;
    this.retryAfterMs = details.retryAfterMs;
    this.errorCode = details.errorCode;
    this.trackingId = details.trackingId;
    this.registration = details.registration;
  }
}

/**
 * The operation didn't finish within its time-out. The hub may have performed it all the same; the message states whether a message was
 * sent. Without a connection, `cause` is the reason why there is none.
 *
 * @source Python `OperationTimeout`
 */
export class OperationTimeoutError extends IsoHubError<ErrorCodeOf<"OperationTimeoutError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.OperationTimeoutError");
  declare readonly name: "OperationTimeoutError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("operation_timeout", message, { retryable: true, ...details });
  }
}

/** `disconnect()`, `shutdown()` or a lost connection without retry ended the operation. @source Python `OperationCancelled` */
export class OperationCancelledError extends IsoHubError<ErrorCodeOf<"OperationCancelledError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.OperationCancelledError");
  declare readonly name: "OperationCancelledError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("operation_cancelled", message, details);
  }
}

/** The client was used in a way that its state doesn't allow, or a handler of it failed. @source Python `ClientError` */
export class ClientError extends IsoHubError<ErrorCodeOf<"ClientError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.ClientError");
  declare readonly name: "ClientError";
}

/** An option needs a feature that this runtime lacks. */
export class UnsupportedFeatureError extends IsoHubError<ErrorCodeOf<"UnsupportedFeatureError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.UnsupportedFeatureError");
  declare readonly name: "UnsupportedFeatureError";

  constructor(message: string, details: ErrorDetails = {}) {
    super("unsupported_feature", message, details);
  }
}

/** The peer sent something that the protocol doesn't allow. */
export class ProtocolError extends IsoHubError<ErrorCodeOf<"ProtocolError">> {
  protected static override readonly brand: symbol = Symbol.for("isohub.ProtocolError");
  declare readonly name: "ProtocolError";
}

/**
 * An argument or option isn't valid. Thrown before anything is sent. It is a `TypeError`, as for invalid arguments elsewhere
 * in JavaScript, with the `code` of the broken rule.
 *
 * @source Python `ValueError` and `TypeError`
 */
export class ArgumentError extends TypeError {
  protected static readonly brand: symbol = Symbol.for("isohub.ArgumentError");
  override readonly name = "ArgumentError";
  /** The broken rule, for programs: see {@link ErrorCodes}. */
  readonly code: ErrorCodeOf<"ArgumentError">;
  /** Always false: the same argument fails again. */
  readonly retryable = false;
  /** The first thing to do about the error, if there is something. */
  readonly remediation: string | undefined;

  constructor(
    code: ErrorCodeOf<"ArgumentError">,
    message: string,
    details: { cause?: unknown; remediation?: string } = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remediation = details.remediation;
    explainInStack(this);
  }

  /** Recognizes instances from any copy of the SDK. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return isInstance(this, value);
  }
}

/**
 * Adds the code and the remediation to the stack: consoles of pages, and Deno, print no other property of an uncaught error.
 * They follow the frames, because Chromium replaces what precedes them by the name and the message.
 */
function explainInStack(error: IsoHubError | ArgumentError): void {
  const { name, message, code, remediation } = error;
  let source: ErrorLike = error;
  if (engine.captureStackTrace) {
    // Deno prints the stack only if that of the error itself was never read.
    source = { name, message };
    engine.captureStackTrace(source, error.constructor);
  }
  error.stack = `${source.stack ?? message}\n  code: ${code}${remediation ? `\n  remediation: ${remediation}` : ""}`;
}

interface ErrorLike {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** Engines other than V8 may lack this function. */
const engine = Error as { captureStackTrace?(target: object, above: unknown): void };

/**
 * Makes the error for an argument or option that breaks a rule: `<name> must be <rule>, got <value>`.
 *
 * @param value - shown, unless it may be a secret
 */
export function mustBe(
  name: string,
  value: unknown,
  rule: string,
  code: ErrorCodeOf<"ArgumentError"> = "invalid_argument",
): ArgumentError {
  return new ArgumentError(code, `${name} must be ${rule}, got ${shown(value)}`);
}

/** A value as messages show it: short strings in quotes, objects by their kind alone. */
export function shown(value: unknown): string {
  if (value === "") return "an empty string";
  // A long string, or one that may be a key, could be a secret passed to the wrong parameter. A URL may contain a password.
  if (typeof value === "string")
    return /.{65}|[\w+/-]{32}|=\s*$|:.*@/s.test(value)
      ? `a string of ${value.length} characters`
      : `'${value}'`;
  if (Array.isArray(value)) return "an array";
  if (typeof value === "function") return "a function";
  return Object(value) === value ? "an object" : String(value);
}

/** Any error as an `Error`, for causes that arrive as something else. */
export function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value));
}

/** Any error as one of the SDK's, for state and background exceptions: one that isn't becomes the cause of a `ClientError`. */
export function asIsoHubError(value: unknown): IsoHubError {
  if (value instanceof IsoHubError) return value;
  return new ClientError("client_error", asError(value).message, { cause: value });
}
