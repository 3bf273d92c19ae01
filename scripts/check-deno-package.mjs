// Checks the project with Deno, in folders outside the workspace: type-checks, lints and dry-run publishes the sources of @isohub/core
// and @isohub/deno as for JSR, and type-checks and lints the Deno examples with the package as for npm.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageNamed } from "./lib/packages.mjs";
import { root, run } from "./lib/run.mjs";

const folder = mkdtempSync(join(tmpdir(), "isohub-deno-"));
const copy = (from, to) => cpSync(join(root, from), to, { recursive: true, dereference: true });

/** Creates a folder that depends on some packages of the workspace, as they are published. */
function createProject(name, dependencies) {
  const project = join(folder, name);
  const modules = join(project, "node_modules");
  for (const dependency of dependencies) {
    for (const part of ["package.json", "build", "dist"]) {
      copy(`packages/${dependency}/${part}`, join(modules, packageNamed(dependency).manifest.name, part));
    }
  }
  copy("packages/core/node_modules/jose", join(modules, "jose"));
  // Deno needs Node's types as soon as something is imported from npm.
  copy("node_modules/@types/node", join(modules, "@types/node"));
  mkdirSync(join(modules, "undici-types"), { recursive: true });
  writeFileSync(join(modules, "undici-types/package.json"), '{"name":"undici-types","types":"index.d.ts"}');
  writeFileSync(join(modules, "undici-types/index.d.ts"), "export {};\n");
  const names = dependencies.map((each) => packageNamed(each).manifest.name);
  const manifest = { dependencies: Object.fromEntries(names.map((each) => [each, "*"])) };
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
  for (const [name, dependencies] of [
    ["core", []],
    ["deno", ["core"]],
  ]) {
    const jsr = createProject(`jsr-${name}`, dependencies);
    const { exports, publish } = JSON.parse(readFileSync(join(root, "packages", name, "jsr.json"), "utf8"));
    for (const part of ["src", "jsr.json", "README.md"]) copy(`packages/${name}/${part}`, join(jsr, part));
    copy("LICENSE", join(jsr, "LICENSE"));
    for (const path of publish.exclude.filter((each) => !each.includes("*")))
      rmSync(join(jsr, path), { recursive: true });
    await deno(jsr, "check", ...Object.values(exports));
    await deno(jsr, "publish", "--dry-run", "--allow-dirty");
    // Core's sources are those of every runtime, and linted with the rest.
    if (name === "deno") await deno(jsr, "lint", "src");
  }

  const user = createProject("user", ["core", "node", "browser", "deno", "isohub"]);
  const examples = readdirSync(join(root, "examples/deno")).filter((name) => name.endsWith(".ts"));
  for (const name of examples) copy(`examples/deno/${name}`, join(user, name));
  copy("examples/isohub/device.ts", join(user, "device.ts"));
  examples.push("device.ts");
  await deno(user, "check", ...examples);
  await deno(user, "lint", ...examples);
} finally {
  rmSync(folder, { recursive: true });
}
