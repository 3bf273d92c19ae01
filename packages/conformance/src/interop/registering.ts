import { startProgram } from "../program.ts";

/** A registration for another client. */
export interface RegistrationJob {
  readonly idScope: string;
  readonly registrationId: string;
  readonly key?: string;
  readonly x509?: { readonly cert: string; readonly key: string };
  readonly payload?: object;
}

/** Runs a program that reads jobs as JSON from its input and writes their outcomes. */
export async function runJobs(
  command: string,
  args: readonly string[],
  input: object,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly unknown[]> {
  const program = startProgram(command, args, { env, input: JSON.stringify(input) });
  const code = await program.exit;
  if (code !== 0) throw new Error(`The program ended with code ${code}: ${program.output}`);
  return JSON.parse(program.stdout) as unknown[];
}
