import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { root } from "../run.mjs";

const commands = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts;

/**
 * Checks the options behind `--` of `npm run`, or of a program of the repository: the program or a module that it imports must
 * mention each.
 *
 * @param {string | undefined} file - from the root
 * @param {string[]} args
 * @returns {string | undefined} the problem, if there is one
 */
export function optionProblem(file, args) {
  const given = args.filter((arg) => /^--\w/.test(arg)).map((arg) => arg.slice(2).split("=")[0]);
  if (file === undefined || given.length === 0 || !existsSync(join(root, file))) return undefined;
  const code = codeOf(file, new Set());
  const unknown = given.find(
    (name) => !new RegExp(`(?<![\\w-])${name.replaceAll("-", "\\-")}(?![\\w-])`).test(code),
  );
  return unknown === undefined ? undefined : `--${unknown} must be an option of ${file}`;
}

/** Returns the program that a script of package.json runs. @param {string} name */
export const programOf = (name) => /^node (\S+)/.exec(commands[name] ?? "")?.[1];

/** The code of a module with that of the modules it imports or starts. */
function codeOf(file, seen) {
  if (seen.has(file) || seen.size > 80) return "";
  seen.add(file);
  const code = readFileSync(join(root, file), "utf8");
  const relative = [...code.matchAll(/["'`](\.\.?\/[\w./-]+\.(?:mjs|js|ts))["'`]/g)].map(([, path]) =>
    posix.join(posix.dirname(file), path),
  );
  const fromRoot = [...code.matchAll(/["'`/]((?:bench|fuzz|scripts)\/[\w./-]+\.(?:mjs|js|ts))["'`]/g)].map(
    ([, path]) => path,
  );
  const others = [...relative, ...fromRoot].filter((path) => existsSync(join(root, path)));
  return [code, ...others.map((path) => codeOf(path, seen))].join("\n");
}
