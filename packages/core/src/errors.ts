/**
 * Every error of the SDK, split by what a caller would do differently. `code` is a closed set and safe to switch on;
 * messages are for people and may change. Keys and tokens never appear in either.
 */

/** What went wrong, for programs. */
export type ErrorCode =
  // arguments (ArgumentError)
  | "invalid_argument"
  | "unknown_option"
  | "invalid_connection_string"
  | "invalid_key"
  | "invalid_sas_token"
  | "invalid_certificate"
  | "message_too_large"
  // connecting (ConnectionFailedError)
  | "connect_failed"
  | "tls_failed"
  | "websocket_refused"
  | "server_unavailable"
  | "proxy_failed"
  | "identity_in_use"
  | "token_provider_failed"
  // losing a connection (ConnectionDroppedError)
  | "connection_dropped"
  | "keep_alive_timeout"
  | "taken_over"
  // the rest
  | "not_connected"
  | "not_authorized"
  | "token_refused"
  | "service_error"
  | "registration_failed"
  | "registration_disabled"
  | "registration_unassigned"
  | "registration_running"
  | "registration_spent"
  | "storage_failed"
  | "operation_timeout"
  | "operation_cancelled"
  | "shut_down"
  | "mode_conflict"
  | "not_supported"
  | "edge_environment_incomplete"
  | "handler_failed"
  | "handler_conflict"
  | "queue_overflow"
  | "client_error"
  | "unsupported_feature"
  | "protocol_error"
  | "protocol_version_refused"
  | "subscription_refused"
  | "invalid_json";

/** The optional parts of an error. */
export interface ErrorDetails {
  /** The error underneath. */
  cause?: unknown;
  /** Whether doing the same again may succeed without any change. */
  retryable?: boolean;
  /** The first thing to do about it. */
  remediation?: string;
}

/** The base of every error the SDK throws, except {@link ArgumentError}, which is a `TypeError`. */
export class IsoHubError extends Error {
  override readonly name: string = "IsoHubError";
  readonly code: ErrorCode;
  /** Whether doing the same again may succeed without any change. */
  readonly retryable: boolean;
  /** The first thing to do about it, where there is one. */
  readonly remediation: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.retryable = details.retryable ?? false;
    this.remediation = details.remediation;
  }
}

/** The hub could not be reached, or the way to it could not be secured. @source Python `ConnectionFailedError` */
export class ConnectionFailedError extends IsoHubError {
  override readonly name = "ConnectionFailedError";
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, { retryable: true, ...details });
  }
}

/** An established connection ended without being asked to. @source Python `ConnectionDroppedError` */
export class ConnectionDroppedError extends IsoHubError {
  override readonly name = "ConnectionDroppedError";
  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(code, message, { retryable: true, ...details });
  }
}

/** The operation needs a connection, there is none and nothing is allowed to make one. @source Python `NoConnectionError` */
export class NoConnectionError extends IsoHubError {
  override readonly name = "NoConnectionError";
  constructor(message: string, details: ErrorDetails = {}) {
    super("not_connected", message, {
      remediation: "Call connect() first, or leave the option autoConnect on",
      ...details,
    });
  }
}

/** The hub refused the identity or its key, token or certificate. @source Python `CredentialError` */
export class CredentialError extends IsoHubError {
  override readonly name = "CredentialError";
}

/** What the hub said with an error answer. */
export interface ServiceErrorDetails extends ErrorDetails {
  /** `service_error` when left out. */
  code?: ErrorCode;
  /** What the provisioning service said of a registration. */
  registration?: unknown;
  statusCode: number;
  retryAfterMs?: number | undefined;
  errorCode?: number | undefined;
  trackingId?: string | undefined;
}

/** The hub answered an operation with an error status. @source Python `ServiceError` */
export class ServiceError extends IsoHubError {
  override readonly name = "ServiceError";
  /** The status of the answer, as of HTTP: 400, 412, 429, 500 … */
  readonly statusCode: number;
  /** How long the hub asks to wait before the next try, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  /** The hub's own six-digit error code, such as 400004, where the answer has one. */
  readonly errorCode: number | undefined;
  /** What Azure support asks for. */
  readonly trackingId: string | undefined;
  /** The `RegistrationResult` of a registration that came to nothing. */
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

/** The operation did not finish in its time. Whether the hub did it is not known. @source Python `OperationTimeout` */
export class OperationTimeoutError extends IsoHubError {
  override readonly name = "OperationTimeoutError";
  constructor(message: string, details: ErrorDetails = {}) {
    super("operation_timeout", message, { retryable: true, ...details });
  }
}

/** The operation was given up by disconnect(), shutdown() or a drop without retry. @source Python `OperationCancelled` */
export class OperationCancelledError extends IsoHubError {
  override readonly name = "OperationCancelledError";
  constructor(message: string, details: ErrorDetails = {}) {
    super("operation_cancelled", message, details);
  }
}

/** The client was used in a way its state does not allow, or one of its handlers failed. @source Python `ClientError` */
export class ClientError extends IsoHubError {
  override readonly name = "ClientError";
}

/** An option needs something this runtime does not have. */
export class UnsupportedFeatureError extends IsoHubError {
  override readonly name = "UnsupportedFeatureError";
  constructor(message: string, details: ErrorDetails = {}) {
    super("unsupported_feature", message, details);
  }
}

/** The peer sent something the protocol does not allow. */
export class ProtocolError extends IsoHubError {
  override readonly name = "ProtocolError";
}

/**
 * An argument or option is not what it must be; found before any network. A `TypeError`, as bad arguments are
 * everywhere in JavaScript, with the `code` of the rule that was broken.
 *
 * @source Python `ValueError` and `TypeError`
 */
export class ArgumentError extends TypeError {
  override readonly name = "ArgumentError";
  readonly code: ErrorCode;
  readonly retryable = false;
  readonly remediation: string | undefined;

  constructor(code: ErrorCode, message: string, details: { cause?: unknown; remediation?: string } = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remediation = details.remediation;
  }
}

/**
 * Makes the error for an argument or option that breaks a rule: `<name> must be <rule>, got <value>`.
 *
 * @param value - shown, unless it may be a secret
 */
export function mustBe(
  name: string,
  value: unknown,
  rule: string,
  code: ErrorCode = "invalid_argument",
): ArgumentError {
  return new ArgumentError(code, `${name} must be ${rule}, got ${shown(value)}`);
}

/** A value as messages show it: short strings in quotes, objects by their kind alone. */
export function shown(value: unknown): string {
  if (value === "") return "an empty string";
  // A long string, or one with a key's padding, may be a secret passed to the wrong parameter.
  if (typeof value === "string")
    return value.length > 64 || value.trimEnd().endsWith("=")
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
