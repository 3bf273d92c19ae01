import fc from "fast-check";
import { expect } from "vitest";
import { Message } from "../../packages/core/src/messages/message.ts";
import { decodePropertyBag, encodePropertyBag } from "../../packages/core/src/messages/property-bag.ts";
import { decodeMessage } from "../../packages/core/src/messages/received-message.ts";
import { decodePercent, encodePercent } from "../../packages/core/src/util/percent.ts";
import { encoded } from "../../packages/core/test/encoded.ts";
import { attempt } from "../coded.ts";
import { editedText } from "../edits.ts";
import { defineTarget, type Target } from "../target.ts";

const text = fc.string({ unit: "binary", maxLength: 30 });
const pairs = fc.array(fc.tuple(text, fc.option(text)), { maxLength: 8 });
/** A topic has at most 65,535 bytes. Escapes that aren't UTF-8 take several microseconds each, here and below. */
const longestBag = 8 * 1024;
const bag = editedText(
  fc.oneof(
    pairs.map(encodePropertyBag),
    fc.constantFrom(
      "%24.mid=1&%24.cid=2&%24.exp=0&%24.to=%2Fdevices%2Fd&a=b",
      "$.mid=1&$.ct=application%2Fjson&$.ce=utf-8&iothub-ack=full",
    ),
  ),
  longestBag,
);

/** Bags that were encoded come back; any other is read as decodeURIComponent reads its parts. */
export const propertyBags: Target = defineTarget("property-bags", fc.record({ pairs, bag }), (input) => {
  const written = encodePropertyBag(input.pairs);
  // A bag has no form for a property without name and value.
  const kept = input.pairs.filter(([key, value]) => key !== "" || value !== null);
  expect(decodePropertyBag(written)).toEqual(kept);
  for (const [key, value] of input.pairs) {
    for (const part of [key, value ?? ""]) {
      expect(decodePercent(encodePercent(part))).toBe(part);
      expect(decodeURIComponent(encodePercent(part))).toBe(part);
    }
  }

  const theirs = input.bag
    .split("&")
    .filter((part) => part !== "")
    .map((part) => {
      const equals = part.indexOf("=");
      return equals < 0
        ? [decode(part), null]
        : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
    });
  const read = decodePropertyBag(input.bag);
  if (JSON.stringify(read) !== JSON.stringify(theirs)) expect(read).toEqual(theirs);

  const message = decodeMessage(input.bag, new Uint8Array());
  expect(Object.getPrototypeOf(message.customProperties)).toBe(Object.prototype);
  const sent = attempt(() => encoded(new Message("", { customProperties: message.customProperties })));
  if ("value" in sent) {
    const again = decodeMessage(sent.value.bag, new Uint8Array()).customProperties;
    // Some names of application properties are those of system properties.
    for (const [key, value] of Object.entries(again)) expect(message.customProperties[key]).toBe(value);
  }
});

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
