import { describe, expect, it } from "vitest";
import { ArgumentError } from "../../errors.ts";
import { encodeMethodPayload } from "./method-payload.ts";

describe("encodeMethodPayload", () => {
  it("writes JSON, null for nothing", () => {
    expect([undefined, null, 0, "", { a: "°" }].map((value) => encodeMethodPayload(value))).toEqual([
      "null",
      "null",
      "0",
      '""',
      '{"a":"°"}',
    ]);
  });

  it("refuses what has no JSON form: ArgumentError invalid_argument", () => {
    for (const value of [5n, () => {}, Symbol("s")]) {
      expect(() => encodeMethodPayload(value)).toThrow(ArgumentError);
    }
  });
});
