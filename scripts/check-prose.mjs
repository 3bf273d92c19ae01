// npm run prose: checks comments, messages, test titles and Markdown against the project's vocabulary. Prints each phrase to avoid and
// what to write instead; with --count, only the number of them in each folder. Arguments are files and folders.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { checkProse } from "./lib/prose/check-prose.mjs";
import { root } from "./lib/run.mjs";

const checked = /\.(?:tsx?|mts|cts|mjs|js|cjs|html|md)$/;
/** Generated files, and the vocabulary itself. */
const excluded = /(?:^|\/)testdata\/|^docs\/api\/|^scripts\/lib\/prose\//;

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

/** The files to check at a path, relative to the root: those that git tracks, and new ones that it doesn't ignore. */
function listFiles(path) {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", path];
  const listed = execFileSync("git", args, { cwd: root, encoding: "utf8", maxBuffer: 2 ** 26 });
  const files = listed.split("\0").filter((file) => checked.test(file) && !excluded.test(file));
  return [...new Set(files)].sort().filter((file) => existsSync(join(root, file)));
}
