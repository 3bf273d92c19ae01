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
  if (typeof text !== "string") {
    throw new ArgumentError(
      "invalid_connection_string",
      `The connection string is ${text === null ? "null" : typeof text}, it must be a text`,
    );
  }
  if (text === "") throw invalid("it is empty");
  const parts: Partial<Record<ConnectionStringKey, string>> = {};
  for (const [index, part] of text.split(";").entries()) {
    const equals = part.indexOf("=");
    // A part without "=" may be a key that lost its name: say where it stands, not what it is.
    if (equals < 0) {
      throw invalid(
        part === ""
          ? `part ${index + 1} is empty; parts are separated by one ';' and none follows the last`
          : `part ${index + 1} has no '='`,
      );
    }
    const key = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (!isKnown(key)) throw invalid(unknownKey(key, value, index));
    if (parts[key] !== undefined) throw invalid(`'${key}' appears twice`);
    parts[key] = value;
  }
  checkComplete(parts);
  return parts;
}

function checkComplete(parts: ConnectionString): void {
  const missing = (key: ConnectionStringKey): boolean => !parts[key];
  if (missing("HostName")) throw invalid("'HostName' is missing or empty");
  if (!missing("SharedAccessKey") && !missing("x509")) {
    throw invalid("'SharedAccessKey' and 'x509' exclude each other");
  }
  if (missing("DeviceId")) {
    if (missing("SharedAccessKeyName")) throw invalid("'DeviceId' is missing or empty");
    if (missing("SharedAccessKey")) throw invalid("'SharedAccessKey' is missing or empty");
    return;
  }
  if (missing("SharedAccessKey") && missing("x509")) {
    throw invalid("'SharedAccessKey' is missing or empty, and 'x509=true' is not there either");
  }
}

function isKnown(key: string): key is ConnectionStringKey {
  return (knownKeys as readonly string[]).includes(key);
}

function unknownKey(key: string, value: string, index: number): string {
  const meant = knownKeys.find((known) => known.toLowerCase() === key.trim().toLowerCase());
  if (meant !== undefined) return `part ${index + 1} must be spelled '${meant}', with no space around it`;
  // Only words are repeated: anything else, and what ends as base64 does, could be a piece of a shared access key.
  const named =
    key.length <= 20 && /^[A-Z]?[a-z]+(?:[A-Z][a-z]+)*$/.test(key) && value !== "" && value !== "="
      ? `'${key}' is not a known key`
      : `part ${index + 1} has no known key`;
  return `${named}; known are ${knownKeys.join(", ")}`;
}

function invalid(rule: string): ArgumentError {
  return new ArgumentError("invalid_connection_string", `The connection string is not valid: ${rule}`);
}
