// npm run soak: devices that send, receive and lose their connections for --minutes N, 30 by default; --seed N repeats their faults, as
// far as the machine allows. Writes test-results/soak.json, and the heap's slope into docs/reliability.md.
import { parseArgs } from "node:util";
import { requireIntegers } from "./lib/integer-options.mjs";
import { install } from "./lib/prepare.mjs";
import { writeReliability } from "./lib/reliability.mjs";
import { root, run, vitest } from "./lib/run.mjs";

const { values } = parseArgs({
  options: { minutes: { type: "string", default: "30" }, seed: { type: "string" } },
});
requireIntegers(values);

const results = "test-results/reliability";
const env = {
  SOAK_MINUTES: values.minutes,
  MATRIX_RESULTS: results,
  ...(values.seed === undefined ? {} : { MATRIX_SEED: values.seed }),
};

await install();
const args = [vitest, "run", "--project", "soak"];
process.exitCode = await run(process.execPath, args, { env });
writeReliability(`${root}${results}`);
