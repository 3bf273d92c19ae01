// npm run matrix: every fault at every moment, over both transports and with both engines. MATRIX_SEED selects the cells of a
// sample and repeats a run; MATRIX_CELLS is their number, or `all`.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { sample } from "../scripts/lib/sample.mjs";
import { type CellResult, quickOptions, runCell } from "./cell.ts";
import { allCells, nameOf } from "./cells.ts";
import { type Resources, resources } from "./resources.ts";
import { writeResult } from "./results.ts";
import { openTestBed, type TestBed } from "./test-bed.ts";

const { MATRIX_SEED, MATRIX_CELLS, MATRIX_ONLY, MATRIX_DEFAULTS } = process.env;
const seed = Number(MATRIX_SEED ?? Math.floor(Math.random() * 0x8000_0000));
const count = MATRIX_CELLS === "all" ? Number.POSITIVE_INFINITY : Number(MATRIX_CELLS ?? 120);
const chosen = sample(allCells(MATRIX_ONLY?.split(",") ?? []), count, seed);
const options = MATRIX_DEFAULTS === undefined ? quickOptions : {};
const results: CellResult[] = [];
let bed: TestBed;
let atStart: Resources;
/** The timers of the last test: its time limit, and those that wait for the condition. */
const ownTimers = 3;

beforeAll(async () => {
  bed = await openTestBed({ blobStorage: chosen.some(({ moment }) => moment.uploads) });
  atStart = resources();
});

afterAll(async () => {
  await bed.close();
  process.stderr.write(`matrix: ${results.length} cells, --seed ${seed}\n`);
  const order = allCells().map(nameOf);
  const place = ({ fault, moment, transport, engine }: CellResult): number =>
    order.indexOf(`${fault}, ${moment}, ${transport}, ${engine}`);
  results.sort((one, other) => place(one) - place(other));
  writeResult("matrix", { seed, options, results });
});

it("has cells to run", () => {
  expect(chosen.length).toBeGreaterThan(0);
});

it.concurrent.each(chosen.map((cell) => [nameOf(cell), cell] as const))("%s", async (_, cell) => {
  const result = await runCell(cell, bed, options);
  results.push(result);
  expect(result.violations, JSON.stringify(result)).toEqual([]);
});

it("leaves no sockets and no timers", async () => {
  await vi.waitFor(
    () => {
      const { sockets, timers } = resources();
      expect(sockets).toBeLessThanOrEqual(atStart.sockets);
      expect(timers).toBeLessThanOrEqual(atStart.timers + ownTimers);
    },
    { timeout: 90_000, interval: 100 },
  );
});
