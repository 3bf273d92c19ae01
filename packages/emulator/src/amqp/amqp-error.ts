import type { HubErrorName } from "../hub/hub-error.ts";
import { hubErrorOf } from "../hub/hub-error.ts";
import type { AmqpError } from "./rhea/rhea.ts";

const conditions: Readonly<Partial<Record<HubErrorName, string>>> = {
  ArgumentInvalid: "com.microsoft:argument-error",
  DeviceMaximumQueueDepthExceeded: "amqp:resource-limit-exceeded",
  DeviceNotFound: "amqp:not-found",
  GenericNotFound: "amqp:not-found",
  IotHubFormatError: "amqp:decode-error",
  IotHubQuotaExceeded: "amqp:resource-limit-exceeded",
  IotHubUnauthorized: "amqp:unauthorized-access",
  IotHubUnauthorizedAccess: "amqp:unauthorized-access",
  MessageTooLarge: "amqp:link:message-size-exceeded",
  ModuleNotFound: "amqp:not-found",
  NotEmulated: "amqp:not-implemented",
  OperationNotAvailableInCurrentTier: "amqp:not-allowed",
  PreconditionFailed: "com.microsoft:precondition-failed",
  ServiceUnavailable: "com.microsoft:server-busy",
  ThrottlingException: "com.microsoft:device-container-throttled",
};

/** Returns an error of the hub as an AMQP error. */
export function amqpErrorOf(error: unknown): AmqpError {
  const { name, message, trackingId, errorCode } = hubErrorOf(error);
  return {
    condition: conditions[name] ?? "amqp:internal-error",
    description: `${message} Tracking ID:${trackingId}`,
    info: { "com.microsoft:error-code": errorCode },
  };
}

export function unauthorized(description: string): AmqpError {
  return { condition: "amqp:unauthorized-access", description };
}

export function notFound(description: string): AmqpError {
  return { condition: "amqp:not-found", description };
}
