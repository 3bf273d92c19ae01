import type { CommandSettings } from "../config/command-settings.ts";
import type { EmulatorOptions } from "../config/options.ts";
import { readDocument } from "../config/read-document.ts";
import { readEnvironment, type SettingValues, splitDocument, splitSettings } from "../config/sources.ts";
import type { HubState } from "../config/state.ts";

/** The options of the emulator, and the settings of the command. */
export interface Configuration {
  readonly emulator: EmulatorOptions;
  readonly command: CommandSettings;
  /** The devices that exist at the start, beginning with those of the command line. */
  readonly devices: readonly string[];
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
  const { settings, state } =
    typeof config === "string" ? splitDocument(await readDocument(config)) : { settings: {}, state: {} };
  const { emulator, command } = splitSettings({ ...settings, ...values });
  const { devices: described = [] }: HubState = state;
  const { data, join } = emulator;
  // The provisioning service of another hub creates the devices of a joined one.
  const isEmpty = config !== undefined || data !== undefined || join !== undefined;
  const byDefault = isEmpty ? [] : ["device1"];
  const wanted = Array.isArray(device) ? device.map(String).filter(isFirst) : byDefault;
  const added = wanted
    .filter((id) => !described.some(({ deviceId }) => deviceId === id))
    .map((deviceId) => ({ deviceId }));
  return {
    emulator: { ...emulator, seed: { ...state, devices: [...described, ...added] } },
    command,
    devices: [...wanted, ...described.map(({ deviceId }) => deviceId)].filter(isFirst),
  };
}

function isFirst(id: string, at: number, ids: readonly string[]): boolean {
  return ids.indexOf(id) === at;
}
