// npm run quickstart: from a clean clone to a device and a service that talk through a hub.
import { prepare } from "./lib/prepare.mjs";
import { run } from "./lib/run.mjs";

console.log("Installing and building what has changed …");
await prepare();
process.exitCode = await run("node", ["examples/quickstart/quickstart.mjs"]);
