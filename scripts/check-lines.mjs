// No source file has more than 300 lines, tests excepted. Prints each that has, and ends with exit code 1 if there is one.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/run.mjs";

const limit = 300;
const isSource = (file) => /\.(?:tsx?|mts|mjs|js|cjs|py)$/.test(file) && !/\.test\./.test(file);

const args = ["ls-files", "--cached", "--others", "--exclude-standard"];
const files = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n").filter(isSource);
for (const file of files.filter((each) => existsSync(join(root, each)))) {
  const { length } = readFileSync(join(root, file), "utf8").split("\n");
  if (length - 1 <= limit) continue;
  console.error(`${file} must have at most ${limit} lines, got ${length - 1}`);
  process.exitCode = 1;
}
console.log(`${files.length} source files`);
