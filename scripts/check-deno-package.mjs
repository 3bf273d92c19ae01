// Checks the project with Deno, in folders outside the workspace: type-checks, lints and dry-run publishes the sources of @isohub/deno
// as for JSR, and type-checks and lints the Deno examples with the package as for npm.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./lib/run.mjs";

const folder = mkdtempSync(join(tmpdir(), "isohub-deno-"));
const copy = (from, to) => cpSync(join(root, from), to, { recursive: true, dereference: true });

/** Creates a folder that depends on some packages of the workspace, as they are published. */
function createProject(name, dependencies) {
  const project = join(folder, name);
  const modules = join(project, "node_modules");
  for (const dependency of dependencies) {
    for (const part of ["package.json", "build", "dist"]) {
      copy(`packages/${dependency}/${part}`, join(modules, "@isohub", dependency, part));
    }
  }
  copy("packages/core/node_modules/jose", join(modules, "jose"));
  // Deno needs Node's types as soon as something is imported from npm.
  copy("node_modules/@types/node", join(modules, "@types/node"));
  mkdirSync(join(modules, "undici-types"), { recursive: true });
  writeFileSync(join(modules, "undici-types/package.json"), '{"name":"undici-types","types":"index.d.ts"}');
  writeFileSync(join(modules, "undici-types/index.d.ts"), "export {};\n");
  const manifest = { dependencies: Object.fromEntries(dependencies.map((each) => [`@isohub/${each}`, "*"])) };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  return project;
}

async function deno(cwd, ...args) {
  const code = await run(join(root, "node_modules/.bin/deno"), args, {
    cwd,
    env: { DENO_NO_UPDATE_CHECK: "1" },
  });
  if (code !== 0) process.exitCode = code;
}

try {
  const jsr = createProject("jsr", ["core"]);
  copy("packages/deno/src", join(jsr, "src"));
  copy("packages/deno/jsr.json", join(jsr, "jsr.json"));
  await deno(jsr, "check", "src/index.ts", "src/token-broker.ts");
  await deno(jsr, "lint", "src");
  await deno(jsr, "publish", "--dry-run", "--allow-dirty");

  const user = createProject("user", ["core", "deno"]);
  const examples = readdirSync(join(root, "examples/deno")).filter((name) => name.endsWith(".ts"));
  for (const name of examples) copy(`examples/deno/${name}`, join(user, name));
  await deno(user, "check", ...examples);
  await deno(user, "lint", ...examples);
} finally {
  rmSync(folder, { recursive: true });
}
