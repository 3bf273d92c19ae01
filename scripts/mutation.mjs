// npm run mutation: breaks the lean engine and the code around it in one way after another, in memory, and runs the tests that must
// detect it. Fails if a mutation survives. An argument selects the mutations with that word in their name; --sample N runs N of
// them, chosen by --seed, which is printed; --dry-run only checks that the code to change is there.
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { parseArgs } from "node:util";
import { mutations } from "./lib/mutations/index.mjs";
import { root } from "./lib/run.mjs";
import { sample } from "./lib/sample.mjs";

/** @typedef {import("./lib/mutations/mutation.mjs").Mutation} Mutation */

const source = join(root, "packages/core/src");
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { sample: { type: "string" }, seed: { type: "string" }, "dry-run": { type: "boolean" } },
});

for (const { name, file, from } of mutations) {
  const count = readFileSync(join(source, file), "utf8").split(from).length - 1;
  if (count === 1) continue;
  console.error(`'${name}': the code to change must occur once in ${file}, got ${count} times`);
  process.exitCode = 2;
}
if (process.exitCode !== undefined || values["dry-run"]) process.exit();

const [word = ""] = positionals;
const chosen = choose(mutations.filter(({ name }) => name.includes(word)));
const started = performance.now();
// An unchanged test may take as long as it needs; a broken one may hang, and is then compared with the slowest unchanged one.
const unchanged = await runProjects(60_000, [
  { name: "unchanged", tests: [...new Set(chosen.flatMap(({ tests }) => tests))] },
]);
if (unchanged.some((module) => !module.ok())) {
  console.error("the tests fail on the unchanged sources");
  process.exit(1);
}
const slowest = Math.max(...unchanged.flatMap((module) => [...module.children.allTests()]).map(durationOf));
const modules = await runProjects(Math.max(5000, 4 * slowest), chosen);
const failed = new Set(modules.filter((module) => !module.ok()).map((module) => module.project.name));
const survivors = chosen.filter(({ name }) => !failed.has(name));

for (const { name, tests } of survivors) console.error(`survived ${tests.join(", ")}: ${name}`);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${chosen.length - survivors.length} of ${chosen.length} mutations detected, in ${seconds} s`);
process.exit(survivors.length === 0 ? 0 : 1);

/** @param {Mutation[]} candidates */
function choose(candidates) {
  if (values.sample === undefined) return candidates;
  const seed = Number(values.seed ?? Math.floor(Math.random() * 2 ** 32));
  console.log(
    `a sample of ${values.sample} out of ${candidates.length}: --sample ${values.sample} --seed ${seed}`,
  );
  return sample(candidates, Number(values.sample), seed);
}

/**
 * Runs tests in a project for each mutation.
 *
 * @param {number} timeoutMs - of each test
 * @param {(Pick<Mutation, "name" | "tests"> & Partial<Mutation>)[]} projects
 */
async function runProjects(timeoutMs, projects) {
  const { startVitest } = await import("vitest/node");
  const vitest = await startVitest("test", [], {
    config: false,
    root,
    watch: false,
    reporters: [{}],
    pool: "threads",
    maxWorkers: 3,
    projects: projects.map(({ name, tests, ...mutation }) => ({
      root,
      plugins: mutation.file === undefined ? [] : [mutated(mutation)],
      test: {
        name,
        setupFiles: [join(root, "scripts/lib/first-failure.mjs")],
        include: tests.map((test) => posix.join("packages/core/src", `${test}.test.ts`)),
        provide: { engine: "lean" },
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
      },
    })),
  });
  const modules = vitest.state.getTestModules();
  await vitest.close();
  // Exit codes and errors of broken runs are expected.
  process.exitCode = undefined;
  return modules;
}

/** A Vite plugin that makes one change to one file as it is read. @param {Pick<Mutation, "file" | "from" | "to">} mutation */
function mutated({ file, from, to }) {
  const target = join(source, file);
  return {
    name: "mutation",
    enforce: "pre",
    transform: (code, id) => (id === target ? code.replace(from, () => to) : null),
  };
}

function durationOf(test) {
  return test.diagnostic()?.duration ?? 0;
}
