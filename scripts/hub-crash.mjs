// npm run hub-crash: kills a hub with a store at random moments, and checks that it has lost nothing it had acknowledged. --kills N is
// the number of kills, 50 by default; --seed N repeats their moments, as far as the machine allows. Writes a section of docs/emulator.md.
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { writeSection } from "./lib/documents/sections.mjs";
import { requireIntegers } from "./lib/integer-options.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root, run, vitest } from "./lib/run.mjs";

const { values } = parseArgs({
  options: { kills: { type: "string", default: "50" }, seed: { type: "string" } },
});
requireIntegers(values);

await prepare();
const seed = values.seed === undefined ? {} : { HUB_CRASH_SEED: values.seed };
mkdirSync(join(root, "test-results"), { recursive: true });
const result = join(root, "test-results/hub-crash.json");
const env = { HUB_CRASH_ROUNDS: values.kills, HUB_CRASH_RESULT: result, ...seed };
const args = [vitest, "run", "--project", "crash", "crash/hub-store"];
process.exitCode = await run(process.execPath, args, { env });
if (process.exitCode === 0) {
  const { kills, seed: used, acknowledged } = JSON.parse(readFileSync(result, "utf8"));
  const rows = Object.entries(acknowledged).map(([name, count]) => `| ${name} | ${count} | 0 |`);
  writeSection(
    `${root}docs/emulator.md`,
    "kills",
    `## Kills

A hub with a store was killed ${kills} times at random moments, restarted, and compared with everything that it had
acknowledged to devices over MQTT, HTTPS and AMQP, and to services (\`npm run hub-crash\`, seed ${used}).

| | acknowledged | missing |
|---|---|---|
${rows.join("\n")}
`,
  );
}
