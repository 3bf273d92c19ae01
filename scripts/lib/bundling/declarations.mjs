import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../run.mjs";

/**
 * Finishes what the compiler wrote for a package: rewrites the imports of declarations from `./x.ts` to `./x.js`, the file that
 * Deno and strict resolvers look for, and removes modules whose source no longer exists, which would be packed.
 *
 * @param {string} folder - of the package, from the root
 */
export function finishCompiled(folder) {
  const build = join(root, folder, "build");
  if (!existsSync(build)) return;
  for (const name of readdirSync(build, { recursive: true })) {
    const [, module] = /^(.*?)(?:\.d\.ts|\.js)(?:\.map)?$/.exec(name) ?? [];
    if (module === undefined) continue;
    const file = join(build, name);
    if (!existsSync(join(root, folder, "src", `${module}.ts`))) rmSync(file);
    else if (name.endsWith(".d.ts")) rewriteImports(file);
  }
}

function rewriteImports(file) {
  const text = readFileSync(file, "utf8");
  const rewritten = text.replace(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"');
  if (rewritten === text) return;
  // With another time of change, the compiler would build again.
  const { atime, mtime } = statSync(file);
  writeFileSync(file, rewritten);
  utimesSync(file, atime, mtime);
}
