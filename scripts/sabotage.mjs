// npm run sabotage: breaks the engine and what stands around it in one way after the other, in memory, and runs the tests
// that must notice. Fails when one of them goes unnoticed. With a word, only what has it in its name.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { startVitest } from "vitest/node";
import { mutations } from "./lib/mutations/index.mjs";
import { root } from "./lib/run.mjs";

const source = join(root, "packages/core/src");
const [word = ""] = process.argv.slice(2);
const chosen = mutations.filter(({ name }) => name.includes(word));

/** A Vite plugin that makes one change to one file as it is read. @param {import("./lib/mutations/mutation.mjs").Mutation} mutation */
function sabotaged({ file, from, to }) {
  const target = join(source, file);
  return {
    name: "sabotage",
    enforce: "pre",
    transform: (code, id) => (id === target ? code.replace(from, () => to) : null),
  };
}

for (const { name, file, from } of chosen) {
  const count = readFileSync(join(source, file), "utf8").split(from).length - 1;
  if (count === 1) continue;
  console.error(`'${name}': what it changes is ${count} times in ${file}, it must be there once`);
  process.exitCode = 2;
}
if (process.exitCode !== undefined) process.exit();

const started = performance.now();
const untouched = "untouched";
const project = (name, tests, plugins = []) => ({
  root,
  plugins,
  test: {
    name,
    setupFiles: [join(root, "scripts/lib/first-failure.mjs")],
    include: tests.map((test) => `packages/core/src/${test}.test.ts`),
    provide: { engine: "lean" },
    testTimeout: 5000,
    hookTimeout: 5000,
  },
});
const vitest = await startVitest("test", [], {
  config: false,
  root,
  watch: false,
  reporters: [{}],
  pool: "threads",
  maxWorkers: 3,
  projects: [
    project(untouched, [...new Set(chosen.flatMap(({ tests }) => tests))]),
    ...chosen.map((mutation) => project(mutation.name, mutation.tests, [sabotaged(mutation)])),
  ],
});

const modules = vitest.state.getTestModules();
const failed = new Set(modules.filter((module) => !module.ok()).map((module) => module.project.name));
const survivors = chosen.filter(({ name }) => !failed.has(name));
const ran = new Set(modules.map((module) => module.project.name));
// Exit codes and errors of the broken runs are what is wanted.
process.exitCode = 0;
await vitest.close();

for (const { name, tests } of survivors) console.error(`not noticed by ${tests.join(", ")}: ${name}`);
if (failed.has(untouched)) console.error("the tests fail even when nothing is broken");
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${chosen.length - survivors.length} of ${chosen.length} noticed, in ${seconds} s`);
process.exit(survivors.length === 0 && !failed.has(untouched) && ran.has(untouched) ? 0 : 1);
