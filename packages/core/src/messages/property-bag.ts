import { decodePercent, encodePercent } from "../util/percent.ts";

/**
 * Encodes a property bag, the `key=value&key=value` at the end of a telemetry topic. A `null` value is a key without `=`, which
 * the hub distinguishes from an empty string.
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
 * Decodes a property bag. A key without `=` has the value `null`, a value may contain `=`, and `+` is a plus. Escapes that aren't
 * valid UTF-8 are left as they are, so that a careless sender can't make a message unreadable.
 */
export function decodePropertyBag(bag: string): [key: string, value: string | null][] {
  const properties: [string, string | null][] = [];
  readPropertyBag(bag, (key, value) => properties.push([key, value]));
  return properties;
}

/**
 * Names that have been decoded. Messages mostly repeat them, and for a string that it has seen before, V8 finds the property of an
 * object several times as fast. Longer names aren't kept: they are views of a whole topic.
 */
const names = new Map<string, string>();
const mostNames = 500;
const longestName = 12;

function decodeName(text: string): string {
  let name = names.get(text);
  if (!name) {
    name = decodePercent(text);
    if (names.size < mostNames && text.length <= longestName) names.set(text, name);
  }
  return name;
}

/** Calls back for each property of a bag; see {@link decodePropertyBag}. */
export function readPropertyBag(bag: string, each: (key: string, value: string | null) => void): void {
  for (let from = 0; from < bag.length; ) {
    const next = bag.indexOf("&", from);
    const end = next < 0 ? bag.length : next;
    const equals = bag.indexOf("=", from);
    if (equals < 0 || equals >= end) {
      if (end > from) each(decodeName(bag.slice(from, end)), null);
    } else each(decodeName(bag.slice(from, equals)), decodePercent(bag.slice(equals + 1, end)));
    from = end + 1;
  }
}
