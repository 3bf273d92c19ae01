// npm run matrix: makes every fault happen at every moment of a client, and checks that it recovers. --only FAULT,MOMENT,… selects cells
// by the names of their fault, moment, transport and engine; --cells N takes a random sample, which --seed N repeats; --quick sets
// short time limits instead of the defaults. Writes test-results/reliability, and unless cells were selected docs/reliability.md.
import { parseArgs } from "node:util";
import { requireIntegers } from "./lib/integer-options.mjs";
import { install } from "./lib/prepare.mjs";
import { writeReliability } from "./lib/reliability.mjs";
import { root, run } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    only: { type: "string" },
    cells: { type: "string", default: "all" },
    seed: { type: "string" },
    quick: { type: "boolean", default: false },
  },
});
const { seed } = values;
requireIntegers({ seed, cells: values.cells === "all" ? undefined : values.cells });

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

await install();
const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "matrix"];
process.exitCode = await run(process.execPath, [...args, "--reporter=dot"], { env });
if (isWhole) writeReliability(`${root}${results}`);
