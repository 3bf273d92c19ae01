import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
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

/**
 * Copies a package's declarations into the folder of its CommonJS build: a compiler takes a declaration for the format of the
 * folder that it is in.
 *
 * @param {string} folder - of the package, from the root
 */
export function mirrorDeclarations(folder) {
  const [build, mirror] = ["build", "cjs"].map((name) => join(root, folder, name));
  const declarations = (path) =>
    existsSync(path)
      ? readdirSync(path, { recursive: true }).filter((name) => /\.d\.ts(\.map)?$/.test(name))
      : [];
  const current = declarations(build);
  for (const name of declarations(mirror)) if (!current.includes(name)) rmSync(join(mirror, name));
  for (const name of current) {
    const content = readFileSync(join(build, name));
    const copy = join(mirror, name);
    if (existsSync(copy) && readFileSync(copy).equals(content)) continue;
    mkdirSync(dirname(copy), { recursive: true });
    writeFileSync(copy, content);
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
