import { ArgumentError } from "../errors.ts";

const knownKeys = [
  "HostName",
  "SharedAccessKeyName",
  "SharedAccessKey",
  "SharedAccessSignature",
  "DeviceId",
  "ModuleId",
  "GatewayHostName",
  "x509",
] as const;

type ConnectionStringKey = (typeof knownKeys)[number];

/** The parts of a connection string, by the names they have in it. */
export type ConnectionString = Readonly<Partial<Record<ConnectionStringKey, string>>>;

/**
 * Parses a connection string: `Key=Value;Key=Value`, where a value may contain `=`.
 *
 * Keys are case-sensitive, nothing is trimmed, and a key may stand once.
 *
 * @throws {ArgumentError} `invalid_connection_string` — the message names the broken rule and the key at fault, never a value.
 * @source Python `ConnectionString`
 */
export function parseConnectionString(text: unknown): ConnectionString {
  if (typeof text !== "string")
    throw invalidConnectionString(`it is ${text === null ? "null" : typeof text}, not a text`);
  if (text === "") throw invalidConnectionString("it is empty");
  const parts: Partial<Record<ConnectionStringKey, string>> = {};
  for (const [index, part] of text.split(";").entries()) {
    const equals = part.indexOf("=");
    const name = part.slice(0, Math.max(equals, 0));
    const key = knownKeys.find((known) => known === name);
    // A part that is no key may be a piece of one of another kind: where it stands is said, not what it is.
    if (key === undefined)
      throw invalidConnectionString(`part ${index + 1} ${whyUnknown(part, equals, name)}`);
    if (parts[key] !== undefined) throw invalidConnectionString(`'${key}' appears twice`);
    parts[key] = part.slice(equals + 1);
  }
  const rule = whyIncomplete(parts);
  if (rule !== undefined) throw invalidConnectionString(rule);
  return parts;
}

function whyUnknown(part: string, equals: number, name: string): string {
  if (part === "") return "is empty, and no ';' follows the last";
  if (equals < 0) return "has no '='";
  const meant = knownKeys.find((known) => known.toLowerCase() === name.trim().toLowerCase());
  if (meant !== undefined) return `must be spelled '${meant}', with no space around it`;
  // Only words are repeated, and none that ends as base64 does.
  const isWord = equals <= 20 && /^[A-Z]?[a-z]+([A-Z][a-z]+)*=[^=]/.test(part);
  return `has ${isWord ? `'${name}', which is no known key` : "no known key"}; known are ${knownKeys.join(", ")}`;
}

function whyIncomplete(parts: ConnectionString): string | undefined {
  const missing = (key: ConnectionStringKey): string | undefined =>
    parts[key] ? undefined : `'${key}' is missing or empty`;
  if (parts.SharedAccessKey && parts.x509) return "'SharedAccessKey' and 'x509' exclude each other";
  // Of a service, which has no device, but a policy.
  if (!parts.DeviceId && parts.SharedAccessKeyName) return missing("HostName") ?? missing("SharedAccessKey");
  const noKey = parts.x509 ? undefined : missing("SharedAccessKey");
  return (
    missing("HostName") ?? missing("DeviceId") ?? (noKey && `${noKey}, and 'x509=true' is not there either`)
  );
}

/** @returns `invalid_connection_string` */
export function invalidConnectionString(rule: string): ArgumentError {
  return new ArgumentError("invalid_connection_string", `The connection string is not valid: ${rule}`);
}
