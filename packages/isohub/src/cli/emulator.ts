import { packageMissing } from "@isohub/core/runtime";
import { installEmulator } from "../install-emulator.ts";
import type { CommandOutput } from "./command.ts";
import { runOptionalCommand } from "./optional-command.ts";

/** Runs the command of `@isohub/emulator`. */
export function runEmulator(args: readonly string[], output: CommandOutput): Promise<number> {
  return runOptionalCommand(async () => {
    const { runEmulatorCommand } = await import("@isohub/emulator/command").catch(
      packageMissing("isohub emulator", "the package '@isohub/emulator'", installEmulator),
    );
    return runEmulatorCommand(args, "isohub emulator");
  }, output);
}
