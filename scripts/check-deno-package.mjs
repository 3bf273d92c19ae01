// The sources of @isohub/deno as JSR would take them: checked, linted and published without publishing, in a folder apart,
// with nothing of the workspace around.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run } from "./lib/run.mjs";

const folder = mkdtempSync(join(tmpdir(), "isohub-jsr-"));
const modules = join(folder, "node_modules");
const copy = (from, to) => cpSync(join(root, from), to, { recursive: true, dereference: true });

try {
  copy("packages/deno/src", join(folder, "src"));
  copy("packages/deno/jsr.json", join(folder, "jsr.json"));
  for (const part of ["package.json", "build", "dist"]) {
    copy(`packages/core/${part}`, join(modules, "@isohub/core", part));
  }
  copy("packages/core/node_modules/jose", join(modules, "jose"));
  // Deno wants Node's types as soon as something is imported from npm.
  copy("node_modules/@types/node", join(modules, "@types/node"));
  mkdirSync(join(modules, "undici-types"), { recursive: true });
  writeFileSync(join(modules, "undici-types/package.json"), '{"name":"undici-types","types":"index.d.ts"}');
  writeFileSync(join(modules, "undici-types/index.d.ts"), "export {};\n");
  writeFileSync(join(folder, "package.json"), '{"dependencies":{"@isohub/core":"*"}}');

  const deno = join(root, "node_modules/.bin/deno");
  for (const args of [
    ["check", "src/index.ts", "src/token-broker.ts"],
    ["lint", "src"],
    ["publish", "--dry-run", "--allow-dirty"],
  ]) {
    const code = await run(deno, args, { cwd: folder, env: { DENO_NO_UPDATE_CHECK: "1" } });
    if (code !== 0) process.exitCode = code;
  }
} finally {
  rmSync(folder, { recursive: true });
}
