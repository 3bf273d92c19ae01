import type { CommandSettings } from "../config/command-settings.ts";
import { readDocument } from "../config/read-document.ts";
import { readEnvironment, type SettingValues, splitDocument, splitSettings } from "../config/sources.ts";
import type { HubState } from "../config/state.ts";
import type { EmulatorOptions } from "../options.ts";

/** The options of the emulator, and the settings of the command. */
export interface Configuration {
  readonly emulator: EmulatorOptions;
  readonly command: CommandSettings;
  /** The devices to create if they don't exist. */
  readonly devices: readonly string[];
  /** The devices that the configuration describes. */
  readonly described: readonly string[];
}

/**
 * Combines flags, environment variables and the configuration file, in this order.
 *
 * @throws {TypeError} for a variable or a file that isn't valid
 */
export async function configure(
  flags: SettingValues,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Configuration> {
  const given: SettingValues = { ...readEnvironment(environment), ...flags };
  const { config, device, ...values } = given;
  const { settings, state: described } =
    typeof config === "string" ? splitDocument(await readDocument(config)) : { settings: {}, state: {} };
  const { emulator, command } = splitSettings({ ...settings, ...values });
  const state: HubState = described;
  const byDefault = config === undefined ? ["device1"] : [];
  const wanted = Array.isArray(device) ? device.map(String) : byDefault;
  return {
    emulator: { ...emulator, seed: state },
    command,
    devices: wanted,
    described: (state.devices ?? []).map(({ deviceId }) => deviceId),
  };
}
