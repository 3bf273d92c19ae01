// npm run fuzz: random inputs, most of them nearly valid, for every parser. FUZZ_SECONDS is the CPU time of the run, for all targets
// together; FUZZ_SEED repeats a run; FUZZ_TARGET selects one target.
import { afterAll, expect, it } from "vitest";
import { fuzzTarget } from "./fuzz-target.ts";
import { closeHubOfRun } from "./hub-of-run.ts";
import { targets } from "./targets.ts";

const seconds = Number(process.env["FUZZ_SECONDS"] ?? 10);
const seed = Number(process.env["FUZZ_SEED"] ?? Math.floor(Math.random() * 0x8000_0000));
const wanted = process.env["FUZZ_TARGET"];
const chosen = targets.filter(({ name }) => wanted === undefined || name === wanted);
const budgetMs = (seconds * 1000) / chosen.length;
const lines: string[] = [];

afterAll(async () => {
  await closeHubOfRun();
  process.stderr.write(`fuzz: --seed ${seed} --seconds ${seconds}\n${lines.join("")}`);
});

it("has a target to fuzz", () => {
  expect(chosen.length, `targets are ${targets.map(({ name }) => name).join(", ")}`).toBeGreaterThan(0);
});

// A busy machine gives each target a small share of its CPU.
it.each(chosen)("$name", { timeout: 300_000 + 20 * budgetMs }, async (target) => {
  const { inputs, slowestMs } = await fuzzTarget(target, seed, budgetMs);
  lines.push(`  ${target.name}: ${inputs} inputs, the slowest in ${slowestMs.toFixed(0)} ms of CPU time\n`);
});
