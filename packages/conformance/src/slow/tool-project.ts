import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { onTestFinished } from "vitest";
import { toolsFolder } from "../../../../scripts/lib/tools.mjs";
import { runProgram } from "../program.ts";

/** Creates a user's project, which has the tools and our packages installed. It is removed at the end of the test. */
export async function toolProject(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(join(toolsFolder, "project-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** Returns the path of a file in an installed tool. */
export function tool(path: string): string {
  return join(toolsFolder, "node_modules", path);
}

/** Runs a tool of Node to its end. @returns its output @throws {Error} with its output if it fails */
export async function runTool(path: string, args: readonly string[], cwd: string): Promise<string> {
  const { code, output } = await runProgram(process.execPath, [tool(path), ...args], {
    cwd,
    env: { NODE_OPTIONS: "", CI: "1", NEXT_TELEMETRY_DISABLED: "1" },
  });
  if (code !== 0) throw new Error(`${path} ended with code ${code}:\n${output}`);
  return output;
}
