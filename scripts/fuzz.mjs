// npm run fuzz: tries random inputs, most of them nearly valid, on every parser. --seconds N is the CPU time for all targets together,
// 60 by default; --target NAME selects one; --seed N repeats a run, and is printed by each. Targets are in fuzz/targets.ts.
import { parseArgs } from "node:util";
import { install } from "./lib/prepare.mjs";
import { run, vitest } from "./lib/run.mjs";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string" },
    target: { type: "string" },
  },
});
const names = { FUZZ_SECONDS: values.seconds, FUZZ_SEED: values.seed, FUZZ_TARGET: values.target };
const env = Object.fromEntries(Object.entries(names).filter(([, value]) => value !== undefined));
for (const [name, value] of Object.entries(env)) {
  if (name === "FUZZ_TARGET" || Number.isInteger(Number(value))) continue;
  console.error(`--${name.slice(5).toLowerCase()} must be an integer, got '${value}'`);
  process.exit(2);
}

await install();
const args = [vitest, "run", "--project", "fuzz", "fuzz/fuzz.test.ts"];
process.exitCode = await run(process.execPath, args, { env });
