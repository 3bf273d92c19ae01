// npm run pages: a local hub, and pages that are devices, until Ctrl+C.
import { build, install } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";

await install();
await build();
await import(`${root}examples/browser/serve.mjs`);
