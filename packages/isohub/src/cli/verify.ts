import type { CommandOutput } from "./command.ts";

/** Runs cases against a hub. */
export async function runVerify(args: readonly string[], output: CommandOutput): Promise<number> {
  // Most commands need neither clients nor AMQP.
  const { verify } = await import("../verify/verify.ts");
  return verify(args, process.env, output);
}
