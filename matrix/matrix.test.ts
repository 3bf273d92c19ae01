// npm run matrix: every fault at every moment, over both transports and with both engines. MATRIX_SEED selects the cells of a
// sample and repeats a run; MATRIX_CELLS is their number, or `all`.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { type CellResult, quickOptions, runCell } from "./cell.ts";
import { allCells, nameOf, sampleOf } from "./cells.ts";
import { openTestBed, type TestBed } from "./test-bed.ts";

const { MATRIX_SEED, MATRIX_CELLS, MATRIX_ONLY, MATRIX_RESULT, MATRIX_DEFAULTS } = process.env;
const seed = Number(MATRIX_SEED ?? Math.floor(Math.random() * 0x8000_0000));
const count = MATRIX_CELLS === "all" ? Number.POSITIVE_INFINITY : Number(MATRIX_CELLS ?? 120);
const chosen = sampleOf(allCells(MATRIX_ONLY?.split(",") ?? []), count, seed);
const options = MATRIX_DEFAULTS === undefined ? quickOptions : {};
const results: CellResult[] = [];
let bed: TestBed;
let atStart: Resources;
/** The timers of the last test: its time limit, and those that wait for the condition. */
const ownTimers = 3;

interface Resources {
  readonly sockets: number;
  readonly timers: number;
}

function resources(): Resources {
  const names = process.getActiveResourcesInfo();
  const count = (...kinds: string[]): number => names.filter((name) => kinds.includes(name)).length;
  return { sockets: count("TCPSocketWrap", "TLSWrap", "GetAddrInfoReqWrap"), timers: count("Timeout") };
}

beforeAll(async () => {
  bed = await openTestBed();
  atStart = resources();
});

afterAll(async () => {
  await bed.close();
  process.stderr.write(`matrix: ${results.length} cells, --seed ${seed}\n`);
  if (MATRIX_RESULT === undefined) return;
  mkdirSync(dirname(MATRIX_RESULT), { recursive: true });
  writeFileSync(MATRIX_RESULT, JSON.stringify({ seed, results }, null, 1));
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
