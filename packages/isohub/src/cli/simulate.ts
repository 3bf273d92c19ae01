import { packageMissing } from "@isohub/core/runtime";
import type { CommandOutput } from "./command.ts";
import { runOptionalCommand } from "./optional-command.ts";

/** The command that installs the simulator. */
const installSimulator = "npm install --save-dev @isohub/simulator";

/** Runs the command of `@isohub/simulator`. */
export function runSimulate(args: readonly string[], output: CommandOutput): Promise<number> {
  return runOptionalCommand(async () => {
    const { runSimulateCommand } = await import("@isohub/simulator/command").catch(
      packageMissing("isohub simulate", "the package '@isohub/simulator'", installSimulator),
    );
    return runSimulateCommand(args, "isohub simulate");
  }, output);
}
