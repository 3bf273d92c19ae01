import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

/**
 * `npm run bench` and `npm run bench:page`: installs and builds what is missing, then measures. Options go to
 * `bench/run.mjs`, or behind `page` to `bench/page.mjs`.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const isPage = process.argv[2] === "page";
const args = process.argv.slice(isPage ? 3 : 2);

/** Runs a command to its end; a failure ends this process with its code. @param {string} command */
function run(command, commandArgs) {
  const { status, error } = spawnSync(command, commandArgs, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32" && command !== process.execPath,
  });
  if (error) throw error;
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} folder @returns {number} when something in it last changed */
function newest(folder) {
  return Math.max(
    0,
    ...readdirSync(`${root}/${folder}`, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
      .map((entry) => statSync(`${entry.parentPath}/${entry.name}`).mtimeMs),
  );
}

/** Measuring a build older than its sources is a classic; this refuses to. */
function isBuilt() {
  return ["core", "node", "browser", "emulator"].every((name) => {
    const entry = `${root}/packages/${name}/dist/index.js`;
    return existsSync(entry) && statSync(entry).mtimeMs >= newest(`packages/${name}/src`);
  });
}

const { values } = parseArgs({ args, strict: false, options: { peers: { type: "string" } } });
const ours = ["isohub", "lean"];
const measuresOurs =
  typeof values.peers !== "string" || values.peers.split(",").some((peer) => ours.includes(peer));

if (!existsSync(`${root}/node_modules/.modules.yaml`) || !existsSync(`${root}/bench/node_modules/mqtt`)) {
  run("npx", ["-y", "pnpm@12", "install", "--frozen-lockfile"]);
}
if (measuresOurs && !isBuilt()) run("npm", ["run", "build"]);
run(process.execPath, [isPage ? "bench/page.mjs" : "bench/run.mjs", ...args]);
