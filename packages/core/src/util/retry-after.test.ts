import { describe, expect, it } from "vitest";
import { retryAfterMs } from "./retry-after.ts";

describe("retryAfterMs", () => {
  it.each([
    ["3", 3000],
    [3, 3000],
    ["0", 0],
    [0, 0],
    ["1.5", 1500],
    ["3600", 3_600_000],
    ["2147484", 3_600_000],
    ["31536000", 3_600_000],
    ["1e102", 3_600_000],
    ["Infinity", 3_600_000],
    ["-5", 0],
    [-5, 0],
    ["-Infinity", 0],
    ["", undefined],
    ["soon", undefined],
    ["Wed, 21 Oct 2026 07:28:00 GMT", undefined],
    [undefined, undefined],
    [null, undefined],
    [Number.NaN, undefined],
  ])("reads %j", (seconds, expected) => {
    expect(retryAfterMs(seconds)).toBe(expected);
  });
});
