import { spawn } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { freshId } from "./device.ts";

const conformance = fileURLToPath(new URL("..", import.meta.url));

/** Where files of a test can be: a program there finds this package's node_modules. */
export async function buildFile(name: string, text: string): Promise<string> {
  await mkdir(`${conformance}build`, { recursive: true });
  const file = `${conformance}build/${name}`;
  await writeFile(file, text);
  onTestFinished(() => rm(file));
  return file;
}

/** Runs a program on the build, as a user's Deno would: with the permissions it is given, and none that it could ask for. */
export async function runDeno(
  permissions: readonly string[],
  program: string,
  args: readonly string[],
): Promise<{ code: number; output: string }> {
  const file = await buildFile(`program-${freshId()}.mjs`, program);
  const child = spawn(process.execPath, ["run", "--no-prompt", "--quiet", ...permissions, file, ...args]);
  onTestFinished(() => void child.kill());
  let output = "";
  const decoder = new TextDecoder();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (part: Uint8Array) => {
      output += decoder.decode(part);
    });
  }
  return new Promise((resolve) => child.once("exit", (code) => resolve({ code: code ?? -1, output })));
}
