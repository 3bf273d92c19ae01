// npm test: installs what is missing, then runs every check. Ends with `N passed, N failed`.
import { availableParallelism } from "node:os";
import { installChromium } from "./lib/chromium.mjs";
import { installFirefox } from "./lib/firefox.mjs";
import { installHosts } from "./lib/hosts.mjs";
import { installMosquitto } from "./lib/mosquitto.mjs";
import { install } from "./lib/prepare.mjs";
import { runtimes } from "./lib/runtimes.mjs";
import { addStaticSteps } from "./lib/static-steps.mjs";
import { Steps } from "./lib/steps.mjs";
import { startSuitesHub } from "./lib/suites-hub.mjs";

await install();
await installChromium();
await installFirefox();
await installHosts();
await installMosquitto();

const steps = new Steps();
let stopHub = async () => {};

// In the order in which they start, as far as they needn't wait: what takes long or has steps after it comes first.
addStaticSteps(steps);
steps.command("bundles", "node", ["scripts/build.mjs"], { after: ["types"] });
// One hub for all runtimes, as in production.
steps.prepare(
  "hub",
  async () => {
    const { hub, stop } = await startSuitesHub();
    process.env.ISOHUB_TEST_HUB = JSON.stringify(hub);
    stopHub = stop;
  },
  { after: ["bundles"] },
);
steps.vitest("interop");
const onBuild = { after: ["hub"] };
for (const { name, project, command } of runtimes) steps.vitest(project, { name, command, ...onBuild });
steps.vitest("pages", onBuild);
steps.vitest("crash", onBuild);
steps.vitest("bundlers", onBuild);
steps.command("table of frameworks", "node", ["scripts/frameworks.mjs", "--check"], {
  after: ["pages", "bundlers"],
});
steps.vitest("packages", onBuild);
steps.vitest("examples", onBuild);
steps.vitest("unit");
steps.vitest("unit-mqttjs");
steps.vitest("fuzz");
steps.vitest("matrix");
steps.command("mutation sample", "node", ["scripts/mutation.mjs", "--sample", "24"]);
steps.command("Deno package", "node", ["scripts/check-deno-package.mjs"], onBuild);
steps.command("quickstart", "node", ["examples/quickstart/quickstart.mjs"], onBuild);
steps.command("API reference", "node", ["scripts/api/generate.mjs", "--check"]);
steps.command("sizes", "node", ["scripts/size.mjs", "--check"], { after: ["bundles"] });
steps.command("tables in the emulator's README", "node", ["scripts/emulator-tables.mjs", "--check"], {
  after: ["bundles"],
});
steps.command("schema of scenarios", "node", ["scripts/scenario-schema.mjs", "--check"], {
  after: ["bundles"],
});
steps.command("table of clients", "node", ["scripts/interop.mjs", "--check"], { after: ["interop"] });
steps.command("table of runtimes", "node", ["scripts/runtimes.mjs", "--check"], {
  after: runtimes.map(({ name }) => name),
});

// One more than there are cores: many tests wait more than they work.
await steps.run(availableParallelism() + 1);
await stopHub();
process.exitCode = steps.finish();
