// npm test: installs what is missing, then runs every check there is. Ends with `N passed, N failed`.
import { installChromium } from "./lib/chromium.mjs";
import { startHubProcess } from "./lib/hub-process.mjs";
import { installMosquitto } from "./lib/mosquitto.mjs";
import { install } from "./lib/prepare.mjs";
import { installRuntimes, runtimePath } from "./lib/runtimes.mjs";
import { Steps } from "./lib/steps.mjs";

await install();

const steps = new Steps();
await steps.command("types", "npx", ["tsc", "-b"]);
await steps.command("types of the tests", "npx", ["tsc", "-p", "tsconfig.tests.json"]);
await steps.command("types of the examples", "npx", ["tsc", "-p", "tsconfig.examples.json"]);
await steps.command("core knows no platform", "npx", ["tsc", "-p", "packages/core/types-test"]);
await steps.command("lint", "npx", ["biome", "check", "--error-on-warnings", "."]);
await steps.command("layers", "node", ["scripts/check-layers.mjs"]);
await steps.command("examples in documents", "node", ["scripts/examples-in-docs.mjs", "--check"]);
await steps.command("API reference", "node", ["scripts/api/generate.mjs", "--check"]);
await steps.command("bundles", "node", ["scripts/build.mjs"]);
await steps.command("sizes", "node", ["scripts/size.mjs", "--check"]);
await steps.vitest("unit");
await steps.vitest("unit-mqttjs");
await steps.command("sabotage", "node", ["scripts/sabotage.mjs"]);
// One hub for all runtimes, as they would have it in the world.
const { hub, stop: stopHub } = await startHubProcess();
process.env.ISOHUB_TEST_HUB = JSON.stringify(hub);
await steps.vitest("conformance");
await installChromium();
await steps.vitest("conformance-chromium");
await steps.vitest("conformance-chromium-lite");
await steps.vitest("pages");
await steps.vitest("examples");
await steps.vitest("conformance-deno", { runner: ["node_modules/.bin/deno", "run", "-A", "npm:vitest@4.1"] });
await installRuntimes();
const vitest = "node_modules/vitest/vitest.mjs";
await steps.vitestOn("conformance", [
  { on: "the oldest Node", runner: [runtimePath("node-oldest"), vitest] },
  { on: "the newest Node", runner: [runtimePath("node-newest"), vitest] },
  { on: "Bun", runner: [runtimePath("bun"), "--bun", vitest] },
]);
await stopHub();
await steps.command("table of runtimes", "node", ["scripts/runtimes.mjs", "--check"]);
await steps.vitest("packages");
await steps.command("Deno package", "node", ["scripts/check-deno-package.mjs"]);
await installMosquitto();
await steps.vitest("interop");
await steps.command("quickstart", "node", ["examples/quickstart/quickstart.mjs"]);
process.exitCode = steps.finish();
