import { ArgumentError } from "../errors.ts";

const allowed = /^[A-Za-z0-9\-:.+%_#*?!(),=@$']{1,128}$/;

/**
 * Checks a device or module id.
 *
 * @throws {ArgumentError} `invalid_argument`
 * @source IoT Hub documentation, "Identity registry": up to 128 characters
 */
export function checkId(name: string, value: unknown): string {
  if (typeof value === "string" && allowed.test(value)) return value;
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
