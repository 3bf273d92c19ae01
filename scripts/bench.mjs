// npm run bench, bench:page, bench:hub-in-page, bench:hub and bench:simulator: installs and builds what has changed (with --compare, the other
// commit, too), then measures. Options go to bench/run.mjs, or to the program of that name.
import { parseArgs } from "node:util";
import { BEFORE_FOLDER } from "../bench/peers/before.mjs";
import { install, prepare } from "./lib/prepare.mjs";
import { prepareRevision } from "./lib/revision.mjs";
import { run } from "./lib/run.mjs";

const [program = ""] = process.argv.slice(2);
const others = {
  page: "bench/page.mjs",
  "hub-in-page": "bench/hub-in-page.mjs",
  hub: "bench/hub.mjs",
  simulator: "bench/simulator.mjs",
};
const isOther = Object.hasOwn(others, program);
const file = isOther ? others[program] : "bench/run.mjs";
const args = process.argv.slice(isOther ? 3 : 2);

const { values } = parseArgs({
  args,
  strict: false,
  options: { peers: { type: "string" }, compare: { type: "string" } },
});
const ours = ["isohub", "lean"];
const measuresOurs =
  typeof values.peers !== "string" || values.peers.split(",").some((peer) => ours.includes(peer));

// Other peers can be measured while the sources don't compile.
await (measuresOurs ? prepare() : install());
const env =
  typeof values.compare === "string" ? { [BEFORE_FOLDER]: await prepareRevision(values.compare) } : {};
process.exitCode = await run(process.execPath, [file, ...args], {
  env,
});
