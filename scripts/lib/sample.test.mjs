import { expect, test } from "vitest";
import { sample } from "./sample.mjs";

const items = Array.from({ length: 100 }, (_, index) => index);

test("a sample is the same for a seed, another for another, and in the order of the list", () => {
  const chosen = sample(items, 10, 1);
  expect(chosen).toHaveLength(10);
  expect(sample(items, 10, 1)).toEqual(chosen);
  expect(sample(items, 10, 2)).not.toEqual(chosen);
  expect([...chosen].sort((one, other) => one - other)).toEqual(chosen);
  expect(sample(items, 200, 1)).toEqual(items);
});

test("every item is chosen for some seed", () => {
  const chosen = new Set(items.flatMap((_, seed) => sample(items, 10, seed)));
  expect(chosen.size).toBe(100);
});
