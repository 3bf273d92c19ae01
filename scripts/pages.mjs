// npm run pages: a local hub, and pages that are devices, until Ctrl+C.
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await prepare();
await import(`${root}examples/browser/serve.mjs`);
