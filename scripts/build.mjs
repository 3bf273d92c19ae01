// npm run build: compiles and bundles what has changed.
import { prepare } from "./lib/prepare.mjs";

await prepare();
