import { ArgumentError } from "../errors.ts";

const allowed = /^[A-Za-z0-9\-:.+%_#*?!(),=@$']{1,128}$/;
// The hub's registry takes them, but ids stand in topics as they are, and no topic name may have them [MQTT-3.3.2-2].
const wildcards = /[+#]/;

/**
 * Checks a device or module id.
 *
 * @throws {ArgumentError} `invalid_argument`
 * @source IoT Hub documentation, "Identity registry": up to 128 characters
 */
export function checkId(name: string, value: unknown): string {
  if (typeof value === "string" && allowed.test(value)) {
    if (!wildcards.test(value)) return value;
    throw new ArgumentError(
      "invalid_argument",
      `The ${name} is '${value}', it must have no '+' and no '#' for MQTT, whose topics cannot carry them`,
      { remediation: "Register the device under an id without these two characters" },
    );
  }
  const shown =
    typeof value !== "string"
      ? String(value)
      : value === ""
        ? "empty"
        : value.length > 128
          ? "too long"
          : `'${value}'`;
  throw new ArgumentError(
    "invalid_argument",
    `The ${name} is ${shown}, it must be 1 to 128 characters: letters, digits and - : . + % _ # * ? ! ( ) , = @ $ '`,
  );
}
