import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { onTestFinished } from "vitest";

/** A registration that a foreign client is to make. */
export interface RegistrationJob {
  readonly idScope: string;
  readonly registrationId: string;
  readonly key?: string;
  readonly x509?: { readonly cert: string; readonly key: string };
  readonly payload?: object;
}

/** Runs a program that reads jobs from its input and writes what came of them. */
export async function runJobs(
  command: string,
  args: readonly string[],
  input: object,
  environment: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const program = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  onTestFinished(() => {
    program.kill("SIGKILL");
  });
  const ended = once(program, "exit");
  program.stdin.end(JSON.stringify(input));
  const [output, errors] = await Promise.all([text(program.stdout), text(program.stderr)]);
  const [code] = await ended;
  if (code !== 0) throw new Error(`the program ended with code ${code}: ${errors}`);
  return JSON.parse(output) as unknown[];
}
