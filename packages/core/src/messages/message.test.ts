import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { utf8 } from "../util/text.ts";
import { Message, toMessage } from "./message.ts";
import { decodeMessage } from "./received-message.ts";

describe("Message", () => {
  it("gives its body as text and as JSON, from bytes, from a text and from a value", () => {
    for (const data of [utf8('{"a":"°"}'), '{"a":"°"}', { a: "°" }]) {
      const message = new Message<unknown>(data);
      expect(message.text()).toBe('{"a":"°"}');
      expect(message.json()).toEqual({ a: "°" });
    }
  });

  it("throws for a body that is not UTF-8, or not JSON", () => {
    expect(() => new Message(Uint8Array.of(0xff)).text()).toThrow(TypeError);
    expect(() => new Message("{").json()).toThrow(SyntaxError);
  });

  it("has each setting it was made with, and properties of its own", () => {
    const message = new Message("x", { messageId: "m", outputName: "o", userId: "u" });
    expect(message).toMatchObject({ messageId: "m", outputName: "o", userId: "u", correlationId: undefined });
    message.customProperties["room"] = "kitchen";
    expect(new Message("y").customProperties).toEqual({});
  });
});

describe("toMessage", () => {
  it("leaves a message as it is and makes one of any body", () => {
    const message = new Message("x");
    expect(toMessage(message)).toBe(message);
    expect(toMessage({ a: 1 }).data).toEqual({ a: 1 });
    expect(toMessage(null).data).toBeNull();
  });

  it("refuses what cannot be a body: ArgumentError invalid_argument", () => {
    for (const value of [undefined, () => {}, Symbol("s")]) {
      expect(() => toMessage(value)).toThrow(ArgumentError);
      expect(() => toMessage(value)).toThrow(
        /^The message must be .*, got (undefined|a function|Symbol\(s\))$/,
      );
    }
  });
});

describe("decodeMessage", () => {
  it("copies the payload, which is a window on a buffer with other things in it", () => {
    const buffer = Uint8Array.of(9, 1, 2, 9);
    const message = decodeMessage("", buffer.subarray(1, 3));
    buffer.fill(0);
    expect(message.data).toEqual(Uint8Array.of(1, 2));
    expect(message.data.buffer.byteLength).toBe(2);
  });

  it("reads an expiry time, and leaves out those that mean never", () => {
    expect(decodeMessage("%24.exp=2026-01-01T00%3A00%3A00Z", utf8("")).expiryTimeUtc).toBe(
      "2026-01-01T00:00:00Z",
    );
    expect(decodeMessage("%24.exp=0", utf8("")).expiryTimeUtc).toBeUndefined();
    expect(decodeMessage("%24.exp=", utf8("")).expiryTimeUtc).toBeUndefined();
  });

  it("keeps system properties it has no field for among the others", () => {
    expect(decodeMessage("%24.cdid=d&%24.schema=s", utf8("")).customProperties).toEqual({
      "$.cdid": "d",
      "$.schema": "s",
    });
  });
});
