import { IsoHubError } from "@isohub/core";
import { packageMissing } from "@isohub/core/runtime";
import { installEmulator } from "../install-emulator.ts";
import type { CommandOutput } from "./command.ts";

/** Runs the command of `@isohub/emulator`. */
export async function runEmulator(args: readonly string[], output: CommandOutput): Promise<number> {
  try {
    const { runEmulatorCommand } = await import("@isohub/emulator/command").catch(
      packageMissing("isohub emulator", "the package '@isohub/emulator'", installEmulator),
    );
    return await runEmulatorCommand(args, "isohub emulator");
  } catch (error) {
    if (!(error instanceof IsoHubError)) throw error;
    output.printError(`${error.message}\nRun \`${error.remediation}\` to install it.`);
    return 1;
  }
}
