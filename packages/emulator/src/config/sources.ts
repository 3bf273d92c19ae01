import { problemIn } from "../schema/check.ts";
import type { Schema } from "../schema/schema.ts";
import { type CommandSettings, commandLineSettings, commandSettings } from "./command-settings.ts";
import type { HubDocument } from "./document.ts";
import { emulatorSettings } from "./emulator-settings.ts";
import type { EmulatorOptions } from "./options.ts";
import { type Setting, variableOf } from "./setting.ts";

/** Every setting of the command by its name. */
export const allSettings: Readonly<Record<string, Setting>> = {
  ...emulatorSettings,
  ...commandSettings,
  ...commandLineSettings,
};

/** A flag as the command line has it: nothing, a string, or each string of a flag that is repeated. */
export type FlagValue = boolean | string | readonly string[];

/** Values of settings by their names. */
export type SettingValues = Readonly<Record<string, unknown>>;

/**
 * Returns the settings that flags set.
 *
 * @param flags - by their names, without dashes
 * @throws {TypeError} for a value that isn't valid, with the name of the flag
 */
export function readFlags(flags: Readonly<Record<string, FlagValue | undefined>>): SettingValues {
  return read((setting) => ({ label: `--${setting.flag}`, value: flags[setting.flag] }));
}

/**
 * Returns the settings that environment variables set. An empty variable counts as unset.
 *
 * @throws {TypeError} for a value that isn't valid, with the name of the variable
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): SettingValues {
  return read((setting) => {
    const label = variableOf(setting);
    const text = environment[label];
    if (text === undefined || text === "") return { label, value: undefined };
    return { label, value: isList(setting) ? text.split(",").map((item) => item.trim()) : text };
  });
}

/** Splits values into options of `startEmulator` and settings of the command. */
export function splitSettings(values: SettingValues): {
  readonly emulator: EmulatorOptions;
  readonly command: CommandSettings;
} {
  const pick = (table: object): object =>
    Object.fromEntries(Object.entries(values).filter(([name]) => Object.hasOwn(table, name)));
  return { emulator: pick(emulatorSettings), command: pick(commandSettings) };
}

/** Splits a configuration into settings and the state to begin with. */
export function splitDocument({ $schema: _schema, ...document }: HubDocument): {
  readonly settings: SettingValues;
  readonly state: object;
} {
  const isSetting = ([name]: [string, unknown]): boolean => Object.hasOwn(allSettings, name);
  const entries = Object.entries(document);
  return {
    settings: Object.fromEntries(entries.filter(isSetting)),
    state: Object.fromEntries(entries.filter((entry) => !isSetting(entry))),
  };
}

function read(
  find: (setting: Setting) => { readonly label: string; readonly value: FlagValue | undefined },
): SettingValues {
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(allSettings)) {
    const { label, value } = find(setting);
    if (value === undefined) continue;
    values[name] = converted(setting.field.schema, value);
    const problem = problemIn({ [label]: setting.field }, { [label]: values[name] });
    if (problem !== undefined) throw new TypeError(problem);
  }
  return values;
}

/** Whether a flag can be repeated. */
export function isList({ field }: Setting): boolean {
  return field.schema.type === "array";
}

// A value that can't be converted stays a string, so that the check refuses it by name.
function converted({ type, anyOf }: Schema, value: FlagValue): unknown {
  if (typeof value !== "string") return value;
  if (type === "integer" && /^\d{1,15}$/.test(value)) return Number(value);
  if (type === "boolean" || anyOf?.some((each) => each.type === "boolean")) {
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
  }
  return value;
}
