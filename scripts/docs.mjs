// npm run docs: writes every generated file but docs/runtimes.md, docs/interop.md and docs/guide/frameworks.md, which need the results
// of tests.
import { prepare } from "./lib/prepare.mjs";
import { runOrExit } from "./lib/run.mjs";

const generators = [
  ["API reference", "api/generate.mjs"],
  ["Examples in documents", "examples-in-docs.mjs"],
  ["Tables in the emulator's README", "emulator-tables.mjs"],
  ["Schema and types of scenarios", "scenario-schema.mjs"],
  ["Exported names", "exports.mjs"],
  ["Sizes", "size.mjs"],
];

await prepare();
for (const [title, file] of generators) await runOrExit(title, "node", [`scripts/${file}`]);
