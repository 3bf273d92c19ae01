// npm run quickstart: from a clean clone to a device that talks to a hub.
import { build, install } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

console.log("Installing and building (once) …");
await install();
await build();
process.exitCode = await run("node", ["examples/quickstart/quickstart.mjs"]);
