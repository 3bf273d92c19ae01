// npm run interop:slow: frameworks, runtimes, tools and clients that are large or slow. Installs and builds what it needs, and ends with
// `N passed, N failed`.
import { join } from "node:path";
import { installHosts } from "./lib/hosts.mjs";
import { prepare } from "./lib/prepare.mjs";
import { root } from "./lib/run.mjs";
import { Steps } from "./lib/steps.mjs";
import { copyPackages, installTools } from "./lib/tools.mjs";

await prepare();
await installHosts();
await installTools();
copyPackages();

const steps = new Steps(join(root, "test-results/slow"));
steps.vitest("slow");
steps.vitest("clients");
steps.command("table of frameworks", "node", ["scripts/frameworks.mjs", "--check"], { after: ["slow"] });
steps.command("table of clients", "node", ["scripts/interop.mjs", "--check"], { after: ["clients"] });
steps.command("documentation site", "node", ["scripts/docs-site.mjs", "--build"]);
// Both projects wait more than they work.
await steps.run(2);
process.exitCode = steps.finish();
