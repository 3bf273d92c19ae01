// npm start: a local hub, until Ctrl+C.
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await prepare();
process.argv.splice(1, 1, `${root}packages/emulator/dist/cli.js`);
await import(`${root}packages/emulator/dist/cli.js`);
