import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encoded } from "../../test/encoded.ts";
import { thrownBy } from "../../test/failure.ts";
import { ArgumentError } from "../errors.ts";
import { fromUtf8, utf8 } from "../util/text.ts";
import { Message } from "./message.ts";
import { decodePropertyBag, encodePropertyBag } from "./property-bag.ts";
import { decodeMessage } from "./received-message.ts";
import { largestMessageBytes } from "./telemetry-packet.ts";

const anyText = fc.string({ unit: "binary" });

const refusal = (message: Message<unknown>): unknown => thrownBy(() => encoded(message));

describe("property bags", () => {
  it("round-trip: any Unicode in names and values, nulls and empty strings", () => {
    const name = anyText.filter((text) => text !== "");
    fc.assert(
      fc.property(fc.array(fc.tuple(name, fc.option(anyText))), (properties) => {
        expect(decodePropertyBag(encodePropertyBag(properties))).toEqual(properties);
      }),
    );
  });

  it("contain no topic separator, no wildcard and nothing but ASCII", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(anyText, anyText)), (properties) => {
        expect(encodePropertyBag(properties)).toMatch(/^[A-Za-z0-9_.~%=&-]*$/);
      }),
    );
  });

  it("decodes names again and again, also more different ones than it remembers, and long ones", () => {
    for (let round = 0; round < 2; round++)
      for (let at = 0; at < 2000; at++) {
        const long = "n".repeat(50);
        expect(decodePropertyBag(`%24.${at}=1&${long}${at}=2&%24.mid`)).toEqual([
          [`$.${at}`, "1"],
          [`${long}${at}`, "2"],
          ["$.mid", null],
        ]);
      }
  });

  it("are decoded leniently: empty parts, a second '=', '+', invalid escapes", () => {
    expect(decodePropertyBag("")).toEqual([]);
    expect(decodePropertyBag("&a=b&&c")).toEqual([
      ["a", "b"],
      ["c", null],
    ]);
    expect(decodePropertyBag("a=b=c&d=e+f&g=%zz&%E9=")).toEqual([
      ["a", "b=c"],
      ["d", "e+f"],
      ["g", "%zz"],
      ["%E9", ""],
    ]);
  });
});

describe("encodeTelemetry: properties", () => {
  it("arrive unchanged, whatever Unicode they contain", () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          anyText.filter(
            (key) => !key.startsWith("$.") && key !== "" && key !== "iothub-ack" && key !== "dt-subject",
          ),
          anyText,
        ),
        (customProperties) => {
          const { bag, payload } = encoded(new Message("x", { customProperties }));
          expect(decodeMessage(bag, payload).customProperties).toEqual({ ...customProperties });
        },
      ),
    );
  });

  it("throw ArgumentError invalid_argument for half of a surrogate pair in a name or value", () => {
    const half = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
    fc.assert(
      fc.property(half, fc.string(), fc.boolean(), (unit, around, inName) => {
        const broken = `${around}${unit}${around}`;
        const customProperties = inName ? { [broken]: "v" } : { k: broken };
        const error = refusal(new Message("x", { customProperties }));
        expect(error).toBeInstanceOf(ArgumentError);
        expect(error).toMatchObject({
          code: "invalid_argument",
          message: expect.stringContaining("half of a surrogate pair"),
        });
      }),
    );
    expect(refusal(new Message("x", { messageId: "\ud800" }))).toMatchObject({ code: "invalid_argument" });
  });

  it("may be numbers or booleans; any other type is rejected by name", () => {
    const message = (value: unknown): Message => {
      const withValue = new Message("x");
      Reflect.set(withValue, "customProperties", { p: value });
      return withValue;
    };
    expect(encoded(message(21.5)).bag).toBe("p=21.5");
    expect(encoded(message(false)).bag).toBe("p=false");
    for (const value of [null, undefined, {}, [], () => {}, Symbol("s"), 5n]) {
      expect(refusal(message(value))).toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining("customProperties['p'] must be"),
      });
    }
  });

  it("are rejected if they aren't an object", () => {
    const message = new Message("x");
    for (const value of [null, "a=b", 5]) {
      Reflect.set(message, "customProperties", value);
      expect(refusal(message)).toMatchObject({
        code: "invalid_argument",
        message: expect.stringContaining("customProperties must be"),
      });
    }
  });

  it("of the system are rejected by name if they aren't strings", () => {
    const message = new Message("x");
    for (const name of ["messageId", "outputName", "iothubInterfaceId"]) {
      Reflect.set(message, name, 5);
      expect(refusal(message)).toMatchObject({
        code: "invalid_argument",
        message: `The message's ${name} must be a string, got 5`,
      });
      Reflect.set(message, name, undefined);
    }
  });

  it("of the system are omitted if they are empty", () => {
    expect(encoded(new Message("x", { messageId: "", correlationId: "c" })).bag).toBe("%24.cid=c");
  });

  it("send an expiry time as ISO 8601 with its zone, and reject an invalid one", () => {
    const at = new Date(Date.UTC(2026, 0, 2, 3, 4, 5, 6));
    expect(encoded(new Message("x", { expiryTimeUtc: at })).bag).toBe("%24.exp=2026-01-02T03%3A04%3A05.006Z");
    expect(encoded(new Message("x", { expiryTimeUtc: "2026-01-02T03:04:05Z" })).bag).toBe(
      "%24.exp=2026-01-02T03%3A04%3A05Z",
    );
    expect(refusal(new Message("x", { expiryTimeUtc: new Date(Number.NaN) }))).toMatchObject({
      code: "invalid_argument",
      message: expect.stringContaining("expiryTimeUtc"),
    });
  });

  it("send dt-subject as the component name that the hub reads", () => {
    expect(encoded(new Message("x", { customProperties: { "dt-subject": "thermostat1" } })).bag).toBe(
      "%24.sub=thermostat1",
    );
  });

  it("may be named __proto__", () => {
    const customProperties = Object.fromEntries([["__proto__", "p"]]);
    const { bag, payload } = encoded(new Message("x", { customProperties }));
    expect(bag).toBe("__proto__=p");
    const read = decodeMessage(bag, payload).customProperties;
    expect(Object.entries(read)).toEqual([["__proto__", "p"]]);
    expect(Object.getPrototypeOf(read)).toBe(Object.prototype);
  });
});

describe("encodeTelemetry: body", () => {
  it("sends bytes unchanged and a string as UTF-8, both without a content type", () => {
    expect(encoded(new Message(Uint8Array.of(0, 255)))).toEqual({
      bag: "",
      payload: Uint8Array.of(0, 255),
    });
    expect(encoded(new Message("°C"))).toEqual({ bag: "", payload: utf8("°C") });
  });

  it("sends anything else as JSON, marked so that the hub can route on the body", () => {
    for (const data of [{ temperature: 21.5 }, [1, 2], 5, true, null]) {
      const { bag, payload } = encoded(new Message<unknown>(data));
      expect(JSON.parse(fromUtf8(payload))).toEqual(data);
      expect(bag).toBe("%24.ct=application%2Fjson&%24.ce=utf-8");
    }
  });

  it("keeps the content type and encoding of a message with a JSON body", () => {
    const { bag } = encoded(new Message({}, { contentType: "application/x", contentEncoding: "utf-16" }));
    expect(bag).toBe("%24.ct=application%2Fx&%24.ce=utf-16");
  });

  it("copies bytes, so that the caller can reuse its buffer while the message waits", () => {
    // A Buffer is a Uint8Array whose slice() doesn't copy.
    for (const buffer of [Uint8Array.of(1, 2, 3), Buffer.of(1, 2, 3), Buffer.alloc(100_000, 1)]) {
      const sent = Uint8Array.from(buffer);
      const { payload } = encoded(new Message(buffer));
      buffer.fill(9);
      expect(payload).toEqual(sent);
    }
  });

  it("sends the bytes of any buffer or view unchanged, without a content type", () => {
    const bytes = Uint8Array.of(1, 2, 3, 255);
    for (const data of [bytes.buffer, new DataView(bytes.buffer), new Int16Array(bytes.buffer)])
      expect(encoded(new Message(data))).toEqual({ bag: "", payload: bytes });
    expect(new Message(new Float64Array(2)).getSize()).toBe(16);
  });

  it("throws ArgumentError invalid_argument, with the path, if it has no JSON form", () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    for (const [data, path] of [
      [circle, " at self"],
      [5n, ""],
      [{ big: 5n }, " at big"],
      [undefined, ""],
      [() => {}, ""],
      [Symbol("s"), ""],
      [Promise.resolve(), ""],
      [[Number.NaN], " at [0]"],
    ] as const) {
      expect(refusal(new Message<unknown>(data))).toMatchObject({
        name: "ArgumentError",
        code: "invalid_argument",
        message: expect.stringContaining(
          `The body of the message${path} must be a value with a JSON form, got `,
        ),
      });
    }
  });

  it("throws ArgumentError invalid_argument if it is a string with half of a surrogate pair", () => {
    expect(refusal(new Message("a\ud83d"))).toMatchObject({
      code: "invalid_argument",
      message: "The body of the message must be a value with a JSON form, got half of a surrogate pair",
    });
  });

  it("throws ArgumentError invalid_argument for a message of another package, or of this one inside", () => {
    class ForeignMessage {
      data = "x";
      getBytes(): Uint8Array {
        return Uint8Array.of(1);
      }
    }
    expect(refusal(new Message(new ForeignMessage()))).toMatchObject({
      message: "The body of the message must be a value with a JSON form, got an instance of ForeignMessage",
      remediation: "Use plain JSON values",
    });
    expect(refusal(new Message(new Message("x")))).toMatchObject({
      message: "The body of the message must be a value with a JSON form, got an instance of Message",
    });
  });
});

describe("encodeTelemetry: size", () => {
  it("counts the body, the values of system properties, and the names and values of application properties", () => {
    const fill = (bytes: number): Message =>
      new Message("x".repeat(bytes), { messageId: "12345", customProperties: { é: "ö" } });
    expect(encoded(fill(largestMessageBytes - 5 - 2 - 2)).payload.length).toBe(largestMessageBytes - 9);
    expect(refusal(fill(largestMessageBytes - 8))).toMatchObject({
      code: "message_too_large",
      message: "The message must have at most 262144 bytes (256 KB) with its properties, got 262145",
      remediation: expect.stringContaining("Split the message"),
    });
  });

  it("counts bytes, not characters", () => {
    expect(refusal(new Message("é".repeat(131_073)))).toMatchObject({
      code: "message_too_large",
      message: expect.stringContaining("got 262146"),
    });
  });

  it("limits the encoded properties to what fits into a topic", () => {
    const message = (length: number): Message =>
      new Message("x", { customProperties: { p: "é".repeat(length) } });
    expect(encoded(message(10_833)).bag.length).toBe(65_000);
    expect(refusal(message(10_834))).toMatchObject({
      code: "message_too_large",
      message: "The properties of the message must have at most 65000 bytes, got 65006",
    });
  });

  it("rejects a far too large body with its size, without copying it", () => {
    const huge = new Uint8Array(100_000_000);
    huge.slice = () => {
      throw new Error("the body was copied");
    };
    expect(refusal(new Message(huge))).toMatchObject({
      code: "message_too_large",
      message: expect.stringContaining("got 100000000"),
    });
    expect(refusal(new Message({ text: "é".repeat(300_000) }))).toMatchObject({
      message: expect.stringContaining("got 600032"),
    });
  });
});

describe("encodeTelemetry: a value that sends another message when it is read", () => {
  const plain = (): Message<unknown> => new Message({ at: 1 }, { customProperties: { a: "b c", d: "é" } });
  const expected = { outer: encoded(plain()), inner: encoded(new Message("inner", { messageId: "i 1" })) };
  const sendInner = (): void => {
    expect(encoded(new Message("inner", { messageId: "i 1" }))).toEqual(expected.inner);
  };
  const whenRead = (target: object, name: string, value: unknown): void => {
    Object.defineProperty(target, name, {
      enumerable: true,
      get: () => {
        sendInner();
        return value;
      },
    });
  };

  it.each(["a", "d"])("leaves both messages whole: a getter of the application property %s", (name) => {
    const message = plain();
    whenRead(message.customProperties, name, message.customProperties[name]);
    expect(encoded(message)).toEqual(expected.outer);
  });

  it.each(["data", "contentType", "customProperties"] as const)(
    "leaves both messages whole: a getter of the message's %s",
    (name) => {
      const message = plain();
      whenRead(message, name, message[name]);
      expect(encoded(message)).toEqual(expected.outer);
    },
  );

  it("leaves both messages whole: toJSON of the body, and toISOString of the expiry", () => {
    const message = plain();
    message.data = {
      toJSON: () => {
        sendInner();
        return { at: 1 };
      },
    };
    expect(encoded(message)).toEqual(expected.outer);
    const expiry = new Date(0);
    const withExpiry = new Message("x", { expiryTimeUtc: expiry });
    const before = encoded(withExpiry);
    expiry.toISOString = () => {
      sendInner();
      return Date.prototype.toISOString.call(expiry);
    };
    expect(encoded(withExpiry)).toEqual(before);
  });
});
