import type { Command } from "./command.ts";
import { runEmulator } from "./emulator.ts";
import { runSimulate } from "./simulate.ts";

/** Every command by its name. */
export const commands: Readonly<Record<string, Command>> = {
  emulator: { summary: "start a local hub", run: runEmulator },
  simulate: { summary: "simulate a fleet of devices", run: runSimulate },
};
