import { ArgumentError, parseConnectionString } from "@isohub/core";
import { decodeBase64, hmacSha256, signSasToken, symmetricKeySigner } from "@isohub/core/internal";

/** A shared access policy, and the service that it gives access to. */
export interface Policy {
  readonly host: string;
  readonly port: number | undefined;
  readonly name: string;
  readonly key: string;
}

/** An Event Hub-compatible endpoint. */
export interface EventHubPolicy extends Policy {
  readonly eventHub: string;
  /** Whether the endpoint has TLS. Only a local one has none. */
  readonly tls: boolean;
}

/** Parses the connection string of a service. @throws {ArgumentError} `invalid_connection_string` */
export function parsePolicy(variable: string, connectionString: string): Policy {
  const { HostName = "", SharedAccessKeyName, SharedAccessKey } = parseConnectionString(connectionString);
  if (SharedAccessKeyName === undefined || SharedAccessKey === undefined)
    throw invalid(`${variable} must have SharedAccessKeyName and SharedAccessKey`);
  return { ...parseHost(HostName), name: SharedAccessKeyName, key: SharedAccessKey };
}

/** Parses an Event Hub connection string. @throws {ArgumentError} `invalid_connection_string` */
export function parseEventHub(variable: string, connectionString: string): EventHubPolicy {
  const field = (name: string): string =>
    new RegExp(`(?:^|;)\\s*${name}=([^;]*)`, "i").exec(connectionString)?.[1]?.trim() ?? "";
  const [, host = ""] = /^sb:\/\/([^/]+)\/?$/i.exec(field("Endpoint")) ?? [];
  const [name, key, eventHub] = ["SharedAccessKeyName", "SharedAccessKey", "EntityPath"].map(field);
  if (!host || !name || !key || !eventHub)
    throw invalid(
      `${variable} must have Endpoint=sb://…, SharedAccessKeyName, SharedAccessKey and EntityPath`,
    );
  const tls = field("UseDevelopmentEmulator").toLowerCase() !== "true";
  return { ...parseHost(host), name, key, eventHub, tls };
}

/** Signs a token that is valid for an hour. */
export function signPolicyToken({ name, key }: Policy, resource: string): Promise<string> {
  const signer = symmetricKeySigner(decodeBase64(key) ?? new Uint8Array(), hmacSha256);
  return signSasToken(signer, resource, Math.floor(Date.now() / 1000) + 3600, name);
}

function parseHost(text: string): { host: string; port: number | undefined } {
  const [, host = text, port] = /^(.*?)(?::(\d+))?$/.exec(text) ?? [];
  return { host, port: port === undefined ? undefined : Number(port) };
}

function invalid(message: string): ArgumentError {
  return new ArgumentError("invalid_connection_string", message);
}
