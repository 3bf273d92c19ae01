// npm run check: what a change breaks most often, in under a minute: the static checks, and the unit tests with one engine.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { install } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";
import { addStaticSteps } from "./lib/static-steps.mjs";
import { Steps } from "./lib/steps.mjs";

await install();

const steps = new Steps(join(root, "test-results/check"));
steps.vitest("unit");
addStaticSteps(steps);
await steps.run(availableParallelism());
process.exitCode = steps.finish();
