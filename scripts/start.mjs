// npm start: a local hub that stays.
import { build, install } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await install();
await build();
process.argv.splice(1, 1, `${root}packages/emulator/dist/cli.js`);
await import(`${root}packages/emulator/dist/cli.js`);
