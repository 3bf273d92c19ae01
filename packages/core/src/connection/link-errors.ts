import {
  asError,
  ConnectionDroppedError,
  ConnectionFailedError,
  CredentialError,
  IsoHubError,
  ProtocolError,
} from "../errors.ts";
import type { Endpoint } from "../runtime.ts";
import type { Credential } from "./credential.ts";

/** Whatever a dial failed with, as one of our errors. */
export function asConnectFailure(error: unknown): IsoHubError {
  if (error instanceof IsoHubError) return error;
  return new ConnectionFailedError("connect_failed", `Connecting failed: ${asError(error).message}`, {
    cause: error,
  });
}

export function brokenProtocol(error: Error): ProtocolError {
  return new ProtocolError("protocol_error", `The hub broke the MQTT protocol: ${error.message}`, {
    cause: error,
  });
}

/** @source MQTT 3.1.1, table 3.1; the hub answers 5 to whatever is wrong with an identity */
export function connackRefusal(
  code: number,
  {
    clientId,
    endpoint,
    credential,
  }: { readonly clientId: string; readonly endpoint: Endpoint; readonly credential: Credential },
): IsoHubError {
  const who = `${endpoint.host} refused '${clientId}'`;
  switch (code) {
    case 1:
      return new ProtocolError("protocol_version_refused", `${who}: it does not speak MQTT 3.1.1`);
    case 3:
      return new ConnectionFailedError("server_unavailable", `${who}: the server is unavailable (CONNACK 3)`);
    default:
      return new CredentialError("not_authorized", `${who}: not authorized (CONNACK ${code})`, {
        retryable: credential.refused?.() ?? false,
        remediation:
          credential.kind === "certificate"
            ? "Check the device id and that the hub knows the certificate"
            : "Check that the device exists and is enabled, that its key or token is right, and the clock of this machine",
      });
  }
}

/** The answer to a call of a hub that the device has left meanwhile. */
export function answeredTooLate(): ConnectionDroppedError {
  return new ConnectionDroppedError(
    "connection_dropped",
    "The answer to a method call is not sent: the device has come to another hub, where nobody waits for it",
  );
}
