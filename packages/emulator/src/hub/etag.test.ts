import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newEtag, parseEtagCondition, requireEtag } from "./etag.ts";

describe("If-Match", () => {
  it.each([
    [undefined, undefined],
    [null, undefined],
    ["", undefined],
    [' "" ', undefined],
    ["*", "*"],
    ['"*"', "*"],
    ['"a", *', "*"],
    ["MTIz=", ["MTIz="]],
    ['"MTIz="', ["MTIz="]],
    ['""MTIz=""', ["MTIz="]],
    ['W/"MTIz="', ["MTIz="]],
    ['"a" , w/"b",c', ["a", "b", "c"]],
  ])("%j is read as %j", (header, condition) => {
    expect(parseEtagCondition(header)).toEqual(condition);
  });

  it("allows a write with the current etag only", () => {
    const etag = newEtag();
    for (const condition of [undefined, "*", [etag], ["other", etag]] as const) {
      expect(() => requireEtag(condition, etag, "'d1'")).not.toThrow();
    }
    expect(() => requireEtag(["old", "older"], "new", "'d1'")).toThrow(
      expect.objectContaining({
        name: "PreconditionFailed",
        message: `If-Match must be the etag of 'd1', "new", got "old", "older".`,
      }),
    );
  });

  it("is read whatever it is", () => {
    fc.assert(fc.property(fc.string({ unit: "binary" }), (header) => void parseEtagCondition(header)));
  });
});
