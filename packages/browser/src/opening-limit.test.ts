import { expect, it } from "vitest";
import { OpeningLimit } from "./opening-limit.ts";

it("eight of twenty open at a time, in order; a failed one lets the next start, and a waiting one can be aborted", async () => {
  const limit = new OpeningLimit(8);
  const started: number[] = [];
  const end: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const given = Array.from({ length: 20 }, () => new AbortController());
  const runs = given.map(({ signal }, number) =>
    limit.run(signal, () => {
      started.push(number);
      return new Promise<void>((resolve, reject) => {
        end[number] = { resolve, reject };
      });
    }),
  );
  const settled = Promise.allSettled(runs);
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  given[8]?.abort(new Error("given up"));
  await expect(runs[8]).rejects.toThrow("given up");
  end[3]?.reject(new Error("refused"));
  await expect(runs[3]).rejects.toThrow("refused");
  end[0]?.resolve();
  await runs[0];
  await expect.poll(() => started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 9, 10]);
  for (let number = 0; number < 20; number++) {
    if (number === 8) continue;
    await expect.poll(() => end[number]).toBeDefined();
    end[number]?.resolve();
  }
  await settled;
  expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, ...Array.from({ length: 11 }, (_, more) => more + 9)]);
  expect(await limit.run(new AbortController().signal, async () => "free again")).toBe("free again");
});
