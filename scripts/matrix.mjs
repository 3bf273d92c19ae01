// npm run matrix: makes every fault happen at every moment of a client, and checks that it recovers: on Node, and those that other
// runtimes can meet in Chromium, Firefox and Deno, too. --only FAULT,MOMENT,… selects cells on Node by the names of their fault, moment,
// transport and engine; --cells N takes a random sample, which --seed N repeats; --quick sets short time limits instead of the defaults.
// --runtimes leaves Node out. Writes test-results/reliability, and unless cells were selected docs/reliability.md.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { runCellsOfRuntimes } from "./lib/cells-of-runtimes.mjs";
import { requireIntegers } from "./lib/integer-options.mjs";
import { prepare } from "./lib/prepare.mjs";
import { writeReliability } from "./lib/reliability.mjs";
import { root, run, vitest } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    cells: { type: "string", default: "all" },
    seed: { type: "string" },
    quick: { type: "boolean", default: false },
    runtimes: { type: "boolean", default: false },
  },
});
const { seed } = values;
requireIntegers({ seed, cells: values.cells === "all" ? undefined : values.cells });
if (values.runtimes && values.only !== undefined) {
  console.error("--only selects cells on Node: leave out --runtimes");
  process.exit(2);
}

const isWhole = values.only === undefined && values.cells === "all";
// Kept apart, so that no part of the matrix gets into the document.
const results = isWhole ? "test-results/reliability" : "test-results/selected-cells";
const env = {
  MATRIX_CELLS: values.cells,
  MATRIX_RESULTS: results,
  ...(seed === undefined ? {} : { MATRIX_SEED: seed }),
  ...(values.only === undefined ? {} : { MATRIX_ONLY: values.only }),
  ...(values.quick ? {} : { MATRIX_DEFAULTS: "yes" }),
};

await prepare();
let code = 0;
if (!values.runtimes) {
  const args = [vitest, "run", "--project", "matrix"];
  code = await run(process.execPath, [...args, "--reporter=dot"], { env });
}
if (values.runtimes || isWhole) {
  const runtimesCode = await runCellsOfRuntimes(join(root, results), env, seed);
  if (code === 0) code = runtimesCode;
}
process.exitCode = code;
if (isWhole) writeReliability(join(root, results));
