import {
  asError,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  IsoHubError,
  OperationCancelledError,
  ProtocolError,
} from "../../errors.ts";
import type { Endpoint, RefusalExplanation } from "../../runtime/runtime.ts";
import type { Credential } from "../attempt/credential.ts";

/** The reason for which an attempt failed, as an error of the SDK. */
export function asConnectFailure(error: unknown): IsoHubError {
  if (error instanceof IsoHubError) return error;
  return new ConnectionFailedError("connect_failed", `Connecting failed: ${asError(error).message}`, {
    cause: error,
  });
}

/** @source MQTT 3.1.1, table 3.1; the hub sends 5 for any invalid identity or credential */
export function connackRefusal(
  code: number,
  {
    clientId,
    endpoint,
    credential,
  }: { readonly clientId: string; readonly endpoint: Endpoint; readonly credential: Credential },
  explanation?: RefusalExplanation,
): IsoHubError {
  const refusal = `${endpoint.host} refused '${clientId}' with CONNACK ${code}`;
  if (code === 1)
    return new ProtocolError("protocol_version_refused", `${refusal}: it doesn't support MQTT 3.1.1`);
  if (code === 3)
    return new ConnectionFailedError("server_unavailable", `${refusal}: the server is unavailable`);
  const proof =
    credential.kind === "certificate" ? "the hub knows its certificate" : "its key or token is correct";
  return new CredentialError("not_authorized", `${refusal}: ${explanation?.summary ?? "not authorized"}`, {
    retryable: credential.refused?.() ?? false,
    remediation:
      explanation?.remediation ??
      `Check that the device exists and is enabled, that ${proof}, and this machine's clock`,
  });
}

/** The peer sent something else than CONNACK. @param first - its first bytes */
export function notConnack(first: Uint8Array, { host, port }: Endpoint, cause: Error): ProtocolError {
  const status = /^HTTP\/\S+ (\d+)/.exec(String.fromCharCode(...first.subarray(0, 16)))?.[1];
  const answer = status === undefined ? "bytes that aren't MQTT" : `an HTTP answer, ${status},`;
  return new ProtocolError("protocol_error", `${host}:${port} sent ${answer} instead of CONNACK`, {
    cause,
    retryable: true,
    remediation: "Check the host, and the proxy or load balancer in front of the hub",
  });
}

export function dropped(message: string, cause?: Error): ConnectionDroppedError {
  return new ConnectionDroppedError("connection_dropped", message, { cause });
}

/** A message that a hub has lost, although it responds to pings. @param ms - the limit */
export function unacknowledged(ms: number, isOvertaken: boolean): ConnectionDroppedError {
  const when = `within ${ms} ms${isOvertaken ? " after a later one" : ""}`;
  const message = `The hub did not acknowledge a message ${when}, although it responds to pings`;
  return new ConnectionDroppedError("acknowledgement_timeout", message);
}

/** A message that the hub didn't acknowledge before it closed the connection. */
export interface IgnoredMessage {
  /** Its topic without properties. */
  readonly topic: string;
  /** Whether the hub has never acknowledged a message that isn't a reply. */
  readonly isNew: boolean;
}

/** The hub closes one connection after the other: because of another client, or because of what this one sends. */
export function closedAgain(
  times: number,
  withinMs: number,
  ignored: IgnoredMessage | undefined,
  cause: Error,
): ConnectionDroppedError {
  const [code, how, remediation] =
    ignored === undefined
      ? ([
          "taken_over",
          `within ${withinMs / 1000} s of accepting them`,
          "Look for a second client with the same device id",
        ] as const)
      : ignored.isNew
        ? ([
            "topic_refused",
            `after messages to '${ignored.topic}', and has acknowledged none`,
            "Check that this server accepts the topic, then check the hub's quota",
          ] as const)
        : ([
            "throttled",
            `after messages to '${ignored.topic}', and acknowledged earlier ones`,
            "Check the hub's quota, and send less often",
          ] as const);
  return new ConnectionDroppedError(code, `The hub closed ${times} connections in a row ${how}`, {
    cause,
    remediation,
  });
}

/** A reply to the hub that the device has left since the request. */
export function answeredTooLate(): ConnectionDroppedError {
  return dropped("The response was not sent: the device has moved to another hub");
}

/** The error of operations that the application ended by disconnecting or shutting down. */
export function cancelled(how = "disconnected"): OperationCancelledError {
  return new OperationCancelledError(`The client was ${how} before the operation finished`);
}

/** The error of one of `count` unacknowledged messages that the application ended by disconnecting or shutting down. */
export function cancelledOperation(
  operation: string,
  count: number,
  { message }: Error,
): OperationCancelledError {
  return new OperationCancelledError(`${operation} was cancelled, with ${count} unacknowledged. ${message}`, {
    remediation: "Await flush() first, or call shutdown({ drain: true })",
  });
}
