import { describe, expect, it } from "vitest";
import { randomStream } from "../generators/random.ts";
import { Histogram } from "./histogram.ts";

describe("a histogram", () => {
  const random = randomStream(1);
  const values = Array.from({ length: 20_000 }, () => 0.05 + random() ** 4 * 20_000);
  const sorted = [...values].sort((one, other) => one - other);

  it.each([0.01, 0.5, 0.9, 0.99, 0.999])("has the percentile %s within 1 %", (share) => {
    const histogram = new Histogram();
    for (const value of values) histogram.add(value);
    const exact = sorted[Math.ceil(share * values.length) - 1] ?? 0;
    expect(Math.abs(histogram.percentile(share) / exact - 1)).toBeLessThan(0.0101);
  });

  it("adds up exactly, also as JSON", () => {
    const whole = new Histogram();
    const parts = [new Histogram(), new Histogram(), new Histogram()];
    for (const [index, value] of values.entries()) {
      whole.add(Math.round(value));
      parts[index % 3]?.add(Math.round(value));
    }
    const merged = Histogram.of(...parts.map((part) => JSON.parse(JSON.stringify(part))));
    expect(merged.toJSON()).toEqual(whole.toJSON());
    expect(merged.max).toBe(Math.round(sorted.at(-1) ?? 0));
  });

  it("is 0 without values", () => {
    expect([new Histogram().percentile(0.5), new Histogram().max, new Histogram().mean]).toEqual([0, 0, 0]);
  });
});
