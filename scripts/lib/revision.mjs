import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { root, runOrExit } from "./run.mjs";

/**
 * Checks out another commit in a separate folder, installs its dependencies and builds it, unless that is done already.
 *
 * @param {string} revision - anything that git knows as a commit
 * @returns {Promise<string>} the folder
 */
export async function prepareRevision(revision) {
  const commit = git("rev-parse", "--verify", "--end-of-options", `${revision}^{commit}`);
  const folder = join(root, "bench/compare", commit.slice(0, 12));
  if (existsSync(join(folder, "packages/node/dist/index.js"))) return folder;
  git("worktree", "prune");
  if (!existsSync(folder)) git("worktree", "add", "--detach", folder, commit);
  const title = `Building ${revision}`;
  await runOrExit(title, "npx", ["--yes", "pnpm@12", "install", "--frozen-lockfile", "--reporter=silent"], {
    cwd: folder,
  });
  await runOrExit(title, "npm", ["run", "build"], { cwd: folder, quiet: true });
  return folder;
}

function git(...args) {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).trim();
}
