import { ArgumentError, parseConnectionString } from "@isohub/core";
import { asError, decodeSymmetricKey } from "@isohub/core/internal";
import type { Group, Scenario } from "../document/scenario.ts";

/** The values of secrets, by their names in the document. */
export type Secrets = Readonly<Record<string, string | undefined>>;

/** The names of the secrets of a scenario. */
export function secretNames({ groups }: Pick<Scenario, "groups">): string[] {
  const names = groups.flatMap(({ connect }) =>
    connect !== undefined && "secret" in connect ? [connect.secret] : [],
  );
  return [...new Set(names)];
}

/** The credentials of a group, read from its secret. */
export interface Credentials {
  /** The connection strings of its devices, in order; for `policy`, the one of the policy. */
  readonly connectionStrings: readonly string[];
  /** The key of its enrollment group. */
  readonly key: string;
}

/**
 * Reads the secret of a group, and checks it completely. Messages name the secret and contain nothing of it.
 *
 * @throws {ArgumentError} `invalid_argument`
 */
export function readCredentials({ connect, count }: Group, secrets: Secrets): Credentials | undefined {
  if (connect === undefined || connect.from === "localHub") return undefined;
  const name = connect.secret;
  const value = secrets[name]?.trim() ?? "";
  if (value === "") {
    const remediation = `Set the environment variable ${name}, or pass it in the secrets`;
    throw secretError(name, "a non-empty string", "nothing", remediation);
  }
  switch (connect.from) {
    case "policy": {
      const rule = "the connection string of a shared access policy";
      const { DeviceId, SharedAccessKeyName } = parse(value, (error) => secretError(name, rule, error));
      if (DeviceId !== undefined) throw secretError(name, rule, "one with a DeviceId");
      if (SharedAccessKeyName === undefined)
        throw secretError(name, rule, "one without a SharedAccessKeyName");
      return { connectionStrings: [value], key: "" };
    }
    case "connectionString": {
      const lines = value
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== "");
      const rule = "one connection string per line for each device";
      if (lines.length < count) throw secretError(name, rule, `${lines.length} lines for ${count} devices`);
      const used = lines.slice(0, count);
      const numbers = new Map<string, number>();
      for (const [index, line] of used.entries()) {
        const at = (got: string): ArgumentError => secretError(name, rule, `${got} in line ${index + 1}`);
        const { DeviceId, ModuleId } = parse(line, at);
        if (DeviceId === undefined) throw at("no DeviceId");
        if (ModuleId !== undefined) throw at("a ModuleId");
        const earlier = numbers.get(DeviceId);
        if (earlier !== undefined) throw at(`the device of line ${earlier}`);
        numbers.set(DeviceId, index + 1);
      }
      return { connectionStrings: used, key: "" };
    }
    case "provisioning":
      if (!isKey(value))
        throw secretError(name, "the key of an enrollment group, in base64", "another string");
      return { connectionStrings: [], key: value };
  }
}

/** Whether the SDK accepts a string as a shared access key. */
function isKey(text: string): boolean {
  try {
    return decodeSymmetricKey(text).length > 0;
  } catch {
    return false;
  }
}

function parse(
  text: string,
  problem: (got: string) => ArgumentError,
): ReturnType<typeof parseConnectionString> {
  try {
    return parseConnectionString(text);
  } catch (error) {
    throw problem(`an error (${asError(error).message})`);
  }
}

function secretError(name: string, rule: string, got: string, remediation?: string): ArgumentError {
  const message = `The secret ${name} must be ${rule}, got ${got}`;
  return new ArgumentError("invalid_argument", message, remediation === undefined ? {} : { remediation });
}
