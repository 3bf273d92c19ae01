import { mustBe } from "../errors.ts";

// The hub's registry also accepts '+' and '#', but topics contain ids unescaped, and topic names can't contain those
// [MQTT-3.3.2-2].
const allowed = /^[\w:.%*?!(),=@$'-]{1,128}$/;

/**
 * Checks a device or module id.
 *
 * @throws {ArgumentError} `invalid_argument`
 * @source IoT Hub documentation, "Identity registry": up to 128 characters
 */
export function checkId(name: string, value: unknown): string {
  if (typeof value === "string" && allowed.test(value)) return value;
  throw mustBe(`The ${name}`, value, "1 to 128 characters: letters, digits and _:.%*?!(),=@$'-");
}
