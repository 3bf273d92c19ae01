// npm run outbox-crash: kills a program with an outbox at random moments, and checks that everything it accepted arrives. --kills N is the
// number of kills, 200 by default; --seed N repeats their moments, as far as the machine allows. Writes test-results/outbox-crash.json.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { requireIntegers } from "./lib/integer-options.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root, run, vitest } from "./lib/run.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "200" }, seed: { type: "string" } },
});
requireIntegers(values);

await prepare();
mkdirSync(join(root, "test-results"), { recursive: true });
const result = join(root, "test-results/outbox-crash.json");
const seed = values.seed === undefined ? {} : { OUTBOX_SEED: values.seed };
const env = { OUTBOX_KILLS: values.kills, OUTBOX_RESULT: result, ...seed };
const args = [vitest, "run", "--project", "crash"];
process.exitCode = await run(process.execPath, args, { env });
if (process.exitCode === 0) console.log(readFileSync(result, "utf8"));
