import { PassThrough, Readable } from "node:stream";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ArgumentError } from "../errors.ts";
import { bytesIn, isUnicode, parseJson, toJson } from "./json.ts";
import { utf8 } from "./text.ts";

function refusal(value: unknown, hasNulls?: boolean): ArgumentError {
  try {
    toJson("The value", value, hasNulls);
  } catch (error) {
    if (error instanceof ArgumentError) return error;
    throw error;
  }
  throw new Error("the value was accepted");
}

function nested(levels: number, wrap: (inner: unknown) => unknown): unknown {
  let value: unknown = 1;
  for (let level = 0; level < levels; level++) value = wrap(value);
  return value;
}

class Reading {
  temperature = 21;
}

class Hidden {
  readonly #temperature = 21;
  get temperature(): number {
    return this.#temperature;
  }
}

class Formatted {
  readonly #form: unknown;
  constructor(form: unknown) {
    this.#form = form;
  }
  toJSON(): unknown {
    return this.#form;
  }
}

const reading = new Reading();
// Under its own name, it is taken for a mistake.
const promised = "then";

describe("toJson", () => {
  it("encodes every JSON value as JSON.stringify does", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(toJson("The value", value)).toBe(JSON.stringify(value));
      }),
    );
  });

  it.each([
    ["undefined in an object", { a: undefined, b: 1 }],
    ["a date", { at: new Date(0) }],
    ["a URL", new URL("http://localhost/")],
    ["an instance with properties", new Reading()],
    ["an instance with toJSON", [new Formatted({ a: 1 })]],
    ["an empty object, with and without a prototype", [{}, Object.create(null)]],
    ["objects of another realm", runInNewContext("[{}, { a: [] }]")],
    ["negative zero and the largest number", [-0, 1.7976931348623157e308]],
    [
      "a key named __proto__, constructor, then or toString",
      JSON.parse('{"__proto__":{},"constructor":1,"then":1,"toString":1}'),
    ],
    ["a thousand levels", nested(1000, (a) => ({ a }))],
    ["the same object twice", [reading, { reading }]],
    ["a surrogate pair", { "😀": "😀" }],
    [
      "each of the first characters, alone",
      Array.from({ length: 0x3000 }, (_, code) => String.fromCharCode(code)),
    ],
    ["arrays of a subclass", new (class extends Array<number> {})(1, 2, 3)],
  ])("encodes %s", (_case, value) => {
    expect(toJson("The value", value)).toBe(JSON.stringify(value));
  });

  it.each([
    ["NaN", { t: Number.NaN }, "t", "NaN"],
    ["Infinity", { a: { b: [1, 2, 3, Number.NEGATIVE_INFINITY] } }, "a.b[3]", "-Infinity"],
    ["a boxed primitive", [Object(Number.NaN)], "[0]", "an instance of Number"],
    ["a bigint", { a: [1n] }, "a[0]", "1"],
    ["a function", { a: () => {} }, "a", "a function"],
    ["a symbol", { a: Symbol("s") }, "a", "Symbol(s)"],
    ["undefined", undefined, "", "undefined"],
    ["undefined in an array", [1, undefined], "[1]", "undefined"],
    ["a gap in an array", Object.assign([1], { 2: 3 }), "[1]", "undefined"],
    ["half of a surrogate pair", { a: ["\ud83d"] }, "a[0]", "half of a surrogate pair"],
    ["half of a surrogate pair in a key", { "\ude00": 1 }, "\ude00", "half of a surrogate pair"],
    ["an invalid date", { at: new Date(Number.NaN) }, "at", "an instance of Date"],
    ["an instance whose toJSON returns nothing", new Formatted(undefined), "", "an instance of Formatted"],
    ["an instance without properties", new Hidden(), "", "an instance of Hidden"],
    [
      "an object with inherited properties only",
      { a: Object.create({ b: 1 }) },
      "a",
      "an instance of Object",
    ],
    ["NaN from toJSON", { a: new Formatted({ b: Number.NaN }) }, "a.b", "NaN"],
    ["a Map", new Map(), "", "an instance of Map"],
    ["a Map of another realm", runInNewContext("new Map()"), "", "an instance of Map"],
    ["a Set", { a: new Set() }, "a", "an instance of Set"],
    ["a WeakMap", new WeakMap(), "", "an instance of WeakMap"],
    ["an Error", Object.assign(new TypeError("x"), { code: "E" }), "", "an instance of Error"],
    ["a RegExp", /x/, "", "an instance of RegExp"],
    ["an iterator", [].values(), "", "an instance of Array Iterator"],
    ["a generator", (function* () {})(), "", "an instance of Generator"],
    ["an async generator", (async function* () {})(), "", "an instance of AsyncGenerator"],
    ["URLSearchParams", new URLSearchParams("a=1"), "", "an instance of URLSearchParams"],
    ["a stream of Node", Readable.from([]), "", "an instance of Readable"],
    ["another stream of Node", new PassThrough(), "", "an instance of PassThrough"],
    ["a web stream", new ReadableStream(), "", "an instance of ReadableStream"],
    ["a Blob", new Blob([]), "", "an instance of Blob"],
    ["a FormData", new FormData(), "", "an instance of FormData"],
    ["a Response", new Response(), "", "an instance of Response"],
  ])("refuses %s, with its path", (_case, value, path, got) => {
    expect(refusal(value)).toMatchObject({
      code: "invalid_argument",
      message: `The value${path && ` at ${path}`} must be a value with a JSON form, got ${got}`,
      remediation: "Use plain JSON values",
    });
  });

  it.each([
    ["a promise", Promise.resolve(1), "an instance of Promise", "Await it"],
    ["another thenable", { [promised]: () => {} }, "an instance of Object", "Await it"],
    ["bytes", Uint8Array.of(1), "an instance of Uint8Array", "Encode bytes as a base64 string"],
    [
      "Node's bytes, which have toJSON",
      Buffer.of(1),
      "an instance of Uint8Array",
      "Encode bytes as a base64 string",
    ],
    [
      "a buffer",
      new SharedArrayBuffer(1),
      "an instance of SharedArrayBuffer",
      "Encode bytes as a base64 string",
    ],
  ])("names the remedy for %s", (_case, value, got, remediation) => {
    expect(refusal(value)).toMatchObject({ message: expect.stringContaining(`got ${got}`), remediation });
    expect(refusal({ a: [value] })).toMatchObject({
      message: expect.stringMatching(/^The value at a\[0\] must be/),
      remediation,
    });
  });

  it("encodes what it has checked, if a getter or toJSON returns something else the second time", () => {
    let reads = 0;
    const readings = [
      {
        get temperature() {
          reads += 1;
          return reads === 1 ? 21 : Number.NaN;
        },
      },
    ];
    expect(toJson("The value", readings)).toBe('[{"temperature":21}]');
    const queue = [1, 2];
    expect(toJson("The value", { toJSON: () => queue.splice(0) })).toBe("[1,2]");
  });

  it("keeps the digits of a number in JSON.rawJSON, where the runtime has it", () => {
    const { rawJSON = () => "12345678901234567890" } = JSON as { rawJSON?(text: string): unknown };
    expect(toJson("The value", { id: rawJSON("12345678901234567890") })).toMatch(
      /^\{"id":"?12345678901234567890"?\}$/,
    );
  });

  it("refuses bytes in a proxy, which have the form of an object with a property for each byte", () => {
    for (const bytes of [Uint8Array.of(1, 2), Buffer.of(1), new Int16Array(2)]) {
      const proxy = new Proxy(bytes, {});
      expect(refusal({ a: proxy })).toMatchObject({
        message: expect.stringContaining("The value at a must be"),
      });
    }
  });

  it("refuses a cycle with its path", () => {
    const circle: Record<string, unknown> = { a: {} };
    circle["a"] = { list: [circle] };
    expect(refusal(circle).message).toBe(
      "The value at a.list[0] must be a value with a JSON form, got a cycle",
    );
  });

  it("refuses what is nested too deep, with a short path", () => {
    for (const wrap of [(a: unknown) => [a], (a: unknown) => ({ a }), (a: unknown) => new Formatted({ a })]) {
      const { message } = refusal(nested(50_000, wrap));
      expect(message).toContain("got more than 1000 levels");
      expect(message.length).toBeLessThan(400);
    }
  });

  it("refuses what throws when it is read, with its path and the cause", () => {
    const cause = new Error("not now");
    const fail = (): never => {
      throw cause;
    };
    for (const value of [
      { a: Object.defineProperty({}, "b", { enumerable: true, get: fail }) },
      { a: { b: { toJSON: fail } } },
    ])
      expect(refusal(value)).toMatchObject({
        message: expect.stringContaining("The value at a.b must be"),
        cause,
      });
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(refusal(proxy).cause).toBeInstanceOf(TypeError);
  });

  it("refuses null in arrays where there can be none", () => {
    expect(toJson("The value", { a: null, b: { c: null } }, false)).toBe('{"a":null,"b":{"c":null}}');
    for (const [value, path] of [
      [{ a: [1, null] }, "a[1]"],
      [{ a: [[null]] }, "a[0][0]"],
      [{ a: [{ b: null }] }, "a[0].b"],
    ] as const)
      expect(refusal(value, false).message).toBe(
        `The value at ${path} must be a value with a JSON form, got null`,
      );
  });
});

describe("bytesIn", () => {
  it("returns the bytes of any buffer or view, of any realm", () => {
    const { buffer } = Uint8Array.of(9, 1, 2, 3, 4, 9);
    const part = Uint8Array.of(1, 2, 3, 4);
    for (const view of [
      new DataView(buffer, 1, 4),
      new Uint8ClampedArray(buffer, 1, 4),
      new Int16Array(part.buffer),
      part.buffer,
      Buffer.from(buffer, 1, 4),
      runInNewContext("Uint8Array.of(1, 2, 3, 4)"),
      runInNewContext("Uint8Array.of(1, 2, 3, 4).buffer"),
    ])
      expect(Array.from(bytesIn(view) ?? [])).toEqual([1, 2, 3, 4]);
    const shared = new SharedArrayBuffer(2);
    new Uint8Array(shared).set([1, 2]);
    expect(Array.from(bytesIn(shared) ?? [])).toEqual([1, 2]);
  });

  it("refuses those that can't be read, which would be sent as nothing", () => {
    const transferred = [new Uint8Array(2), new Int16Array(2), new DataView(new ArrayBuffer(2))];
    for (const { buffer } of transferred) structuredClone(buffer, { transfer: [buffer] });
    const message = "Bytes must be readable and not transferred, got an object";
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    for (const value of [...transferred, transferred[0]?.buffer, new Proxy(new ArrayBuffer(2), {}), proxy])
      expect(() => bytesIn(value)).toThrow(expect.objectContaining({ code: "invalid_argument", message }));
    expect(bytesIn(new Uint8Array(0))).toHaveLength(0);
  });

  it("returns undefined for anything else", () => {
    for (const value of ["x", [1], { byteLength: 1 }, null, undefined, new Blob([])])
      expect(bytesIn(value)).toBeUndefined();
  });
});

describe("isUnicode", () => {
  it("accepts a surrogate pair and rejects half of one", () => {
    expect(["", "x", "é", "😀", "a😀"].map(isUnicode)).toEqual([true, true, true, true, true]);
    expect(["\ud83d", "a\ude00", "\ude00\ud83d"].map(isUnicode)).toEqual([false, false, false]);
  });
});

describe("parseJson", () => {
  it("parses JSON up to a thousand levels deep", () => {
    const value = nested(1000, (a) => [a]);
    expect(parseJson(utf8(JSON.stringify(value)))).toEqual(value);
    expect(parseJson(utf8(JSON.stringify("x".repeat(5000))))).toHaveLength(5000);
  });

  it("throws SyntaxError for JSON that is nested deeper", () => {
    for (const levels of [1001, 50_000])
      for (const [open, close] of [
        ["[", "]"],
        ['{"a":', "}"],
      ] as const) {
        const text = open.repeat(levels) + 1 + close.repeat(levels);
        expect(() => parseJson(utf8(text))).toThrow(new SyntaxError("JSON must have at most 1000 levels"));
      }
  });
});
