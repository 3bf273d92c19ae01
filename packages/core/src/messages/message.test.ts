import { describe, expect, it } from "vitest";
import { encoded } from "../../test/encoded.ts";
import { ArgumentError } from "../errors.ts";
import { encodePercent } from "../util/percent.ts";
import { utf8 } from "../util/text.ts";
import { Message, toMessage } from "./message.ts";
import { messageFields } from "./message-fields.ts";
import { decodeMessage } from "./received-message.ts";

describe("Message", () => {
  it("returns its body as a string and as JSON: bytes, a string or a value", () => {
    for (const data of [utf8('{"a":"°"}'), '{"a":"°"}', { a: "°" }]) {
      const message = new Message<unknown>(data);
      expect(message.text()).toBe('{"a":"°"}');
      expect(message.json()).toEqual({ a: "°" });
    }
  });

  it("returns the bytes of any buffer or view as a string, and throws ArgumentError for a value without a JSON form", () => {
    const bytes = utf8("[1]");
    for (const data of [bytes.buffer, new DataView(bytes.buffer)])
      expect(new Message(data).json()).toEqual([1]);
    expect(() => new Message({ t: Number.NaN }).text()).toThrow(ArgumentError);
  });

  it("throws for a body that isn't UTF-8 or JSON", () => {
    expect(() => new Message(Uint8Array.of(0xff)).text()).toThrow(TypeError);
    expect(() => new Message("{").json()).toThrow(SyntaxError);
  });

  it("has the properties that it is created with, and its own application properties", () => {
    const message = new Message("x", { messageId: "m", outputName: "o", userId: "u" });
    expect(message).toMatchObject({ messageId: "m", outputName: "o", userId: "u", correlationId: undefined });
    message.customProperties["room"] = "kitchen";
    expect(new Message("y").customProperties).toEqual({});
  });
});

describe("the table of system properties", () => {
  it("has a row for each of a message's fields, in the order in which they are sent", () => {
    const own = Object.keys(new Message("x")).filter(
      (name) => !["data", "customProperties", "inputName"].includes(name),
    );
    expect(messageFields.map(({ name }) => name)).toEqual(own);
  });

  for (const { name, key, from } of messageFields) {
    const bag = `${encodePercent(key)}=value`;
    it(`${name} is ${from === "hub" ? "never sent" : `sent as ${key}, also from the options`}`, () => {
      const message = new Message("x", { [name]: "value" });
      expect(message[name]).toBe(from === "hub" ? undefined : "value");
      message[name] = "value";
      expect(encoded(message).bag).toBe(from === "hub" ? "" : bag);
    });

    it(`${name} is ${from === "device" ? "never received" : `received as ${key}`}`, () => {
      expect(decodeMessage(bag, utf8("x"))[name]).toBe(from === "device" ? undefined : "value");
    });
  }
});

describe("toMessage", () => {
  it("returns a message unchanged, and creates one from any body", () => {
    const message = new Message("x");
    expect(toMessage(message)).toBe(message);
    expect(toMessage({ a: 1 }).data).toEqual({ a: 1 });
    expect(toMessage(null).data).toBeNull();
  });

  it("refuses a copy of a message, whose body and properties would be sent as JSON", () => {
    const message = new Message("x", { messageId: "1" });
    for (const copy of [structuredClone(message), JSON.parse(JSON.stringify(message)), { ...message }])
      expect(() => toMessage(copy)).toThrow("A message must be made by new Message, got an object");
  });

  it("leaves what can't be a body to the encoding of it", () => {
    for (const value of [undefined, () => {}, Symbol("s")]) {
      expect(() => encoded(toMessage(value))).toThrow(ArgumentError);
      expect(() => encoded(toMessage(value))).toThrow(
        /^The body of the message must be .*, got (undefined|a function|Symbol\(s\))$/,
      );
    }
  });
});

describe("decodeMessage", () => {
  it("copies the payload, which is a view of a larger buffer", () => {
    const buffer = Uint8Array.of(9, 1, 2, 9);
    const message = decodeMessage("", buffer.subarray(1, 3));
    buffer.fill(0);
    expect(message.data).toEqual(Uint8Array.of(1, 2));
    expect(message.data.buffer.byteLength).toBe(2);
  });

  it("reads an expiry time, and omits those that mean never", () => {
    expect(decodeMessage("%24.exp=2026-01-01T00%3A00%3A00Z", utf8("")).expiryTimeUtc).toBe(
      "2026-01-01T00:00:00Z",
    );
    expect(decodeMessage("%24.exp=0", utf8("")).expiryTimeUtc).toBeUndefined();
    expect(decodeMessage("%24.exp=", utf8("")).expiryTimeUtc).toBeUndefined();
  });

  it("adds unknown system properties to the application properties", () => {
    expect(decodeMessage("%24.cdid=d&%24.schema=s", utf8("")).customProperties).toEqual({
      "$.cdid": "d",
      "$.schema": "s",
    });
  });
});
