// npm run docs:site: builds the documentation site and serves it; with --build, only builds it. Fails where a link leads nowhere.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { install } from "./lib/prepare.mjs";
import { root, runOrExit } from "./lib/run.mjs";

const { values } = parseArgs({
  options: { build: { type: "boolean" }, port: { type: "string", default: "4173" } },
});

await install();
const { stage } = await import("../site/stage.mjs");
console.log(`${stage().size} pages`);

const cwd = join(root, "site");
const vitepress = join(cwd, "node_modules/vitepress/bin/vitepress.js");
// A larger young generation: the build makes much garbage.
const build = ["--max-semi-space-size=64", vitepress, "build", "."];
await runOrExit("The build of the site", process.execPath, build, { cwd });
if (values.build === true) console.log("Built in site/dist");
else {
  console.log(`Serving http://localhost:${values.port}/. Press Ctrl+C to stop.`);
  await runOrExit("The server", process.execPath, [vitepress, "preview", ".", "--port", values.port], {
    cwd,
  });
}
