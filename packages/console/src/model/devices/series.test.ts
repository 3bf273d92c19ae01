import { expect, it } from "vitest";
import { bandsOf, linesOf } from "./series.ts";
import type { Sample, SimulatedDevice } from "./simulated-device.ts";

const now = 1_000_000_000;
const device = (...samples: [secondsAgo: number, temperature: number][]): SimulatedDevice => {
  const values = samples.map(
    ([ago, temperature]): Sample => ({ at: now - ago * 1000, values: { temperature } }),
  );
  return { samples: { values } } as unknown as SimulatedDevice;
};

it("a device that hasn't sent in a second counts with its latest value, for some time", () => {
  const columns = bandsOf([device([3, 10], [2, 10], [1, 10]), device([3, 30])], "temperature", now);
  const seconds = [3, 2, 1].map((ago) => now / 1000 - ago);
  expect(columns).toEqual([seconds, [30, 30, 30], [20, 20, 20], [10, 10, 10]]);
});

it("a device that stopped sending long ago no longer counts", () => {
  const [times = [], old = [], recent = []] = linesOf([device([100, 5]), device([2, 7])], "temperature", now);
  expect(times.length).toBe(17);
  expect(old.at(-1)).toBe(null);
  expect(recent.at(-1)).toBe(7);
});
