import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The root of the project. */
export const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * Runs a command with its output shown, at the root unless told otherwise.
 *
 * @param {string} [options.output] - a file for all of the output, in place of showing it
 * @returns {Promise<number>} its exit code
 */
export function run(command, args, { cwd = root, env = {}, quiet = false, output } = {}) {
  return new Promise((resolve, reject) => {
    const to = output === undefined ? "inherit" : openSync(output, "w");
    const child = spawn(command, args, {
      cwd,
      stdio: ["ignore", quiet ? "ignore" : to, to],
      env: { ...process.env, ...env },
    });
    if (output !== undefined) closeSync(to);
    child.on("error", reject);
    child.on("exit", (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
  });
}

/** Runs a command and ends this process when it fails. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options);
  if (code === 0) return;
  console.error(`\n${what} failed (exit code ${code}): ${command} ${args.join(" ")}`);
  process.exit(code);
}
