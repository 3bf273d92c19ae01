import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The root of the project. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/** Returns the path of a command that the workspace has installed. @param {string} name */
export const bin = (name) =>
  join(root, "node_modules/.bin", process.platform === "win32" ? `${name}.cmd` : name);

/** The program of Vitest, for this Node or another runtime. */
export const vitest = "node_modules/vitest/vitest.mjs";

/**
 * Runs a command, by default at the root and with its output shown.
 *
 * @param {string} command
 * @param {string[]} args
 * @param {object} [options]
 * @param {string} [options.output] - a file to append all output to, instead of showing it
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, { cwd = root, env = {}, quiet = false, output } = {}) {
  return new Promise((resolve, reject) => {
    const to = output === undefined ? "inherit" : openSync(output, "a");
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", quiet ? "ignore" : to, to],
      env: { ...process.env, ...env },
      shell: command.endsWith(".cmd"),
    });
    if (output !== undefined) closeSync(to);
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/**
 * Runs a command, and ends this process if it fails.
 *
 * @param {string} title - of the step, for the message
 * @param {string} command
 * @param {string[]} args
 * @param {Parameters<typeof run>[2]} [options]
 */
export async function runOrExit(title, command, args, options) {
  const code = await run(command, args, options);
  if (code === 0) return;
  console.error(`\n${title} failed (exit code ${code}): ${command} ${args.join(" ")}`);
  process.exit(code);
}
