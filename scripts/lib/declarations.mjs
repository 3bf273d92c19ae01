import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Declarations say `./x.ts` where the compiler read `./x.ts`, which is no file of the package: Deno and strict resolvers do
 * not find it. A Rollup plugin that makes it `./x.js` in all declarations of a folder.
 */
export function publishableDeclarations(folder) {
  return {
    name: "publishable-declarations",
    buildStart() {
      for (const name of readdirSync(folder, { recursive: true })) {
        if (name.endsWith(".d.ts")) rewrite(join(folder, name));
      }
    },
  };
}

function rewrite(file) {
  const text = readFileSync(file, "utf8");
  const rewritten = text.replace(/((?:from |import\()"\.[^"]*)\.ts"/g, '$1.js"');
  if (rewritten === text) return;
  // Its time stays: the compiler would take it for a change and build again.
  const { atime, mtime } = statSync(file);
  writeFileSync(file, rewritten);
  utimesSync(file, atime, mtime);
}
