// npm run prose: checks comments, messages, test titles and Markdown against the project's vocabulary. Prints each phrase to avoid and
// what to write instead; with --count, only the number of them in each folder. Arguments are files and folders.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { parseArgs } from "node:util";
import { checkProse } from "./lib/prose/check-prose.mjs";
import { root } from "./lib/run.mjs";

const checked = /\.(?:ts|mts|cts|mjs|js|cjs|html|md)$/;
/** Generated files, and the vocabulary itself. */
const excluded =
  /(?:^|\/)(?:node_modules|build|dist|testdata|test-results|\.git)\/|^docs\/api\/|^scripts\/lib\/prose\//;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { count: { type: "boolean" } },
});
const paths = positionals.length > 0 ? positionals.map((path) => resolve(path)) : [root];
const counts = new Map();
let total = 0;

for (const file of paths.flatMap(listFiles)) {
  for (const { line, phrase, instead } of checkProse(file, readFileSync(join(root, file), "utf8"))) {
    total++;
    const folder = file.split("/").slice(0, -1).slice(0, 4).join("/") || ".";
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
    if (values.count !== true) console.log(`${file}:${line}: "${phrase}" → ${instead}`);
  }
}

if (values.count === true) {
  for (const [folder, count] of [...counts].sort()) console.log(`${String(count).padStart(5)}  ${folder}`);
}
console.log(`${total} phrases to rewrite`);
process.exitCode = total === 0 ? 0 : 1;

/** The files to check at a path, relative to the root. */
function listFiles(path) {
  const name = relative(root, path).split(sep).join("/");
  if (!statSync(path).isDirectory()) return [name];
  if (excluded.test(`${name}/`)) return [];
  return readdirSync(path, { withFileTypes: true })
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .flatMap((entry) => {
      if (entry.isDirectory()) return listFiles(join(path, entry.name));
      const file = relative(root, join(path, entry.name)).split(sep).join("/");
      return checked.test(file) && !excluded.test(file) ? [file] : [];
    });
}
