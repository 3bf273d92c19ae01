import { decodePercent, encodePercent } from "../util/percent.ts";

/**
 * Writes a property bag, the `key=value&key=value` tail of a telemetry topic.
 *
 * A `null` value is written as a bare key, which is how the hub tells null from an empty text.
 *
 * @source IoT Hub documentation, "Communicate with your IoT hub using the MQTT protocol", property bags
 */
export function encodePropertyBag(properties: Iterable<readonly [string, string | null]>): string {
  let bag = "";
  for (const [key, value] of properties) {
    if (bag !== "") bag += "&";
    bag += encodePercent(key);
    if (value !== null) bag += `=${encodePercent(value)}`;
  }
  return bag;
}

/**
 * Reads a property bag. A bare key reads as `null`; only the first `=` separates, so a value may hold more of them;
 * `+` is a plus. Escapes that are not valid UTF-8 stay as they are: a foreign sender must not make a message unreadable.
 */
export function decodePropertyBag(bag: string): [key: string, value: string | null][] {
  const properties: [string, string | null][] = [];
  for (const part of bag.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) properties.push([decodePercent(part), null]);
    else properties.push([decodePercent(part.slice(0, equals)), decodePercent(part.slice(equals + 1))]);
  }
  return properties;
}
