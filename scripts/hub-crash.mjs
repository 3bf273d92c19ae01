// npm run hub-crash: kills a hub with a store at random moments, and checks that it has lost nothing it had acknowledged. --kills N is
// the number of kills, 50 by default; --seed N repeats their moments, as far as the machine allows.
import { parseArgs } from "node:util";
import { requireIntegers } from "./lib/integer-options.mjs";
import { prepare } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string" } },
});
requireIntegers(values);

await prepare();
const seed = values.seed === undefined ? {} : { HUB_CRASH_SEED: values.seed };
const env = { HUB_CRASH_ROUNDS: values.kills, ...seed };
const args = ["node_modules/vitest/vitest.mjs", "run", "--project", "crash", "crash-hub-store"];
process.exitCode = await run(process.execPath, args, { env });
