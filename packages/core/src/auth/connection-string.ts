import { ArgumentError, shown } from "../errors.ts";

const fields = [
  "HostName",
  "DeviceId",
  "ModuleId",
  "SharedAccessKey",
  "SharedAccessKeyName",
  "SharedAccessSignature",
  "x509",
  "GatewayHostName",
] as const;

type Field = (typeof fields)[number];

/** The fields of a connection string that have a value. `x509` is left out if it is false. */
export type ConnectionString = Readonly<Partial<Record<Field, string>>>;

/**
 * Parses a connection string: `Name=Value;Name=Value`, where a value may contain `=`.
 *
 * Names are accepted in any letter case, as in .NET, and each at most once. White space around names and values, empty fields,
 * a `;` at the end and invisible characters, such as those that chats add, are ignored. Unknown fields are rejected, because most
 * of them are typing mistakes.
 *
 * @throws {ArgumentError} `invalid_connection_string`: the message names the broken rule and the field, never a value
 * @source Python `ConnectionString`
 */
export function parseConnectionString(text: unknown): ConnectionString {
  if (typeof text !== "string" || text.trim() === "")
    throw invalidConnectionString(`must be a non-empty string, got ${shown(text)}`);
  const parts: Partial<Record<Field, string>> = {};
  for (const [index, untrimmed] of text
    .replace(/\p{Cf}/gu, "")
    .split(";")
    .entries()) {
    const part = untrimmed.trim();
    if (part === "") continue;
    if (/^\W|=\s*["`“]/.test(part)) throw invalidConnectionString("must not be in quotes or JSON");
    const [name = "", ...rest] = part.split("=");
    const field = fields.find((known) => known.toLowerCase() === name.trim().toLowerCase());
    if (field === undefined) throw invalidConnectionString(unknownField(part, name, index + 1));
    if (parts[field] !== undefined) throw invalidConnectionString(`must have ${field} once`);
    const value = rest.join("=").trim();
    // As in .NET, what isn't "true" is false.
    if (value !== "" && !/^x509=(?!true$)/i.test(`${field}=${value}`)) parts[field] = value;
  }
  const rule = incomplete(parts);
  if (rule !== undefined) throw invalidConnectionString(rule);
  return parts;
}

/** Describes a part that isn't a field. It may be a piece of a key, so only words are repeated, and none before a padding. */
function unknownField(part: string, name: string, position: number): string {
  const isWord = name.length < 25 && /^(SharedAccessSignature sr|[A-Z]?[a-z]+([A-Z][a-z]+)*)=[^=]/.test(part);
  return `must have only the fields ${fields.join(", ")}, got ${isWord ? `'${name}'` : "another"} in part ${position}`;
}

function incomplete(parts: ConnectionString): string | undefined {
  const { HostName, DeviceId, SharedAccessKeyName, SharedAccessKey, SharedAccessSignature, x509 } = parts;
  const credentials = [SharedAccessKey, SharedAccessSignature, x509].filter(Boolean).length;
  // The string of a service has the name of a policy instead of a device.
  if (!HostName || !(DeviceId || SharedAccessKeyName)) return "must have HostName and DeviceId";
  return credentials === 1
    ? undefined
    : `must have one of SharedAccessKey, SharedAccessSignature and x509=true, got ${credentials}`;
}

/** @returns `invalid_connection_string` */
export function invalidConnectionString(
  rule: string,
  remediation = "Copy that of the device or module, not of a service, Event Hubs or storage",
): ArgumentError {
  return new ArgumentError("invalid_connection_string", `The connection string ${rule}`, { remediation });
}
