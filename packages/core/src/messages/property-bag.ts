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
  readPropertyBag(bag, (key, value) => properties.push([key, value]));
  return properties;
}

/** {@link decodePropertyBag}, one property after the other. */
export function readPropertyBag(bag: string, each: (key: string, value: string | null) => void): void {
  for (let from = 0; from < bag.length; ) {
    const next = bag.indexOf("&", from);
    const end = next < 0 ? bag.length : next;
    const equals = bag.indexOf("=", from);
    if (equals < 0 || equals >= end) {
      if (end > from) each(decodePercent(bag.slice(from, end)), null);
    } else each(decodePercent(bag.slice(from, equals)), decodePercent(bag.slice(equals + 1, end)));
    from = end + 1;
  }
}
