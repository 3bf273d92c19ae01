import { describe, expect, it } from "vitest";
import { parseCsv } from "../document/csv.ts";
import type { Generator } from "../document/generators.ts";
import { parseExpression } from "../expressions/expression.ts";
import { valuesOf } from "./generator.ts";
import { randomStream } from "./random.ts";

/** The first values of a generator, one a second. */
function values(generator: Generator, count = 6, files: Record<string, string> = {}, seed = 1): unknown[] {
  const next = valuesOf(generator, randomStream(seed), files);
  return Array.from({ length: count }, (_, index) =>
    next({ ms: index * 1000, number: index + 1, scope: { n: index + 1, temperature: 20 } }),
  );
}

describe("a generator", () => {
  it("has constants, ramps and counters", () => {
    expect(values({ generator: "constant", value: "x" }, 2)).toEqual(["x", "x"]);
    const ramp = { generator: "ramp", from: 0, to: 10, over: "2s", decimals: 1 } as const;
    expect(values(ramp)).toEqual([0, 5, 0, 5, 0, 5]);
    expect(values({ ...ramp, atEnd: "return" })).toEqual([0, 5, 10, 5, 0, 5]);
    expect(values({ ...ramp, atEnd: "stop" })).toEqual([0, 5, 10, 10, 10, 10]);
    expect(values({ generator: "counter", start: 5, step: 2, wrapAt: 10 })).toEqual([5, 7, 9, 5, 7, 9]);
  });

  it("has sine waves and random walks within their limits", () => {
    const sine = { generator: "sine", mean: 10, amplitude: 2, period: "4s", phase: 0, decimals: 3 } as const;
    expect(values(sine, 5)).toEqual([10, 12, 10, 8, 10]);
    const walk = values(
      { generator: "randomWalk", start: 5, step: 3, minimum: 4, maximum: 6 },
      200,
    ) as number[];
    expect(walk[0]).toBe(5);
    expect([Math.min(...walk), Math.max(...walk)]).toEqual([4, 6]);
    const even = values({ generator: "random", minimum: 1, maximum: 3 }, 500) as number[];
    expect(even.every((value) => value >= 1 && value < 3)).toBe(true);
  });

  it("chooses values by weight, or in turn", () => {
    const weighted = values({ generator: "enum", values: ["a", "b"], weights: [3, 1] }, 2000);
    expect(weighted.filter((value) => value === "a").length / 2000).toBeCloseTo(0.75, 1);
    expect(values({ generator: "enum", values: [1, 2], order: "cycle" }, 4)).toEqual([1, 2, 1, 2]);
  });

  it("replays a column of a CSV file", () => {
    const files = { "a.csv": 'time,"v"\n1,10\n2,"x, ""y"""\r\n3,12\n' };
    const replay = { generator: "replay", file: "a.csv", column: "v" } as const;
    expect(values(replay, 4, files)).toEqual([10, 'x, "y"', 12, 10]);
    expect(values({ ...replay, atEnd: "stop" }, 5, files)).toEqual([10, 'x, "y"', 12, 12, 12]);
    expect(parseCsv("")).toEqual([]);
  });

  it("follows a route, there and back", () => {
    const route = values(
      {
        generator: "route",
        points: [
          [0, 0],
          [0, 1],
        ],
        speedKmh: 111.19 * 1800,
        start: 0,
      },
      4,
    ) as { lat: number; lon: number; heading: number }[];
    expect(route.map(({ lon }) => Math.round(lon * 10) / 10)).toEqual([0, 0.5, 1, 0.5]);
    expect(route.map(({ heading }) => heading)).toEqual([90, 90, 90, 270]);
  });

  it("repeats with its seed", () => {
    const walk = { generator: "randomWalk", start: 5, step: 3 } as const;
    expect(values(walk, 50)).toEqual(values(walk, 50));
    expect(values(walk, 50, {}, 2)).not.toEqual(values(walk, 50));
  });
});

describe("an expression", () => {
  const evaluate = (text: string, scope = {}): unknown => parseExpression(text).evaluate(scope, () => 0.5);

  it.each([
    ["1 + 2 * 3", 7],
    ["round(temperature * 1.8 + 32, 1)", 70.7],
    ["temperature > 20 && !cold ? 'hot' : 'ok'", "hot"],
    ["clamp(temperature, 0, 10) - min(1, 2)", 9],
    ["desired.target + random()", 5.5],
    ["'t' + 1", "t1"],
    ["temperature == 21.5", true],
  ])("computes %s", (text, value) => {
    expect(evaluate(text, { temperature: 21.5, cold: false, desired: { target: 5 } })).toEqual(value);
  });

  it.each(["a.constructor", "a['__proto__']", "toString", "a.length"])(
    "reads nothing inherited: %s",
    (text) => {
      expect(evaluate(text, { a: {} })).toBeUndefined();
    },
  );

  it.each(["constructor()", "a.b()", "x = 1", "[1]", "this", "1; 2", "a => 1", "`x`"])(
    "rejects %s",
    (text) => {
      expect(() => evaluate(text)).toThrow(SyntaxError);
    },
  );
});
