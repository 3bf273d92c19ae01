import type { Command } from "./command.ts";
import { runEmulator } from "./emulator.ts";
import { runSimulate } from "./simulate.ts";
import { runVerify } from "./verify.ts";

/** Every command by its name. */
export const commands: Readonly<Record<string, Command>> = {
  emulator: { summary: "start a local hub", run: runEmulator },
  verify: { summary: "check a hub with a new device", run: runVerify },
  simulate: { summary: "simulate a fleet of devices", run: runSimulate },
};
