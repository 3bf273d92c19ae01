import { IsoHubError } from "@isohub/core";
import type { CommandOutput } from "./command.ts";

/** Runs a command of a package that is installed separately. Resolves with 1 and prints how to install it if it is missing. */
export async function runOptionalCommand(run: () => Promise<number>, output: CommandOutput): Promise<number> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof IsoHubError)) throw error;
    output.printError(`${error.message}\nRun \`${error.remediation}\` to install it.`);
    return 1;
  }
}
