import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { freshId } from "../../device.ts";
import { root } from "../../files.ts";
import { runProgram } from "../../program.ts";

/** Writes a file where Deno finds this package's node_modules, and removes it at the end of the test. @returns its path */
export async function buildFile(name: string, text: string): Promise<string> {
  const folder = join(root, "packages/conformance/build");
  await mkdir(folder, { recursive: true });
  const file = join(folder, name);
  await writeFile(file, text);
  onTestFinished(() => rm(file));
  return file;
}

/** Runs a script on the build, with the given permissions and without prompts for others. */
export async function runDeno(
  permissions: readonly string[],
  script: string,
  args: readonly string[],
): Promise<{ readonly code: number; readonly output: string }> {
  const file = await buildFile(`program-${freshId()}.mjs`, script);
  return runProgram(process.execPath, ["run", "--no-prompt", "--quiet", ...permissions, file, ...args]);
}
