import type { Field, Schema } from "../schema/schema.ts";
import { choice, flag, integer, list, text } from "../schema/schema.ts";

/** A setting of the emulator: an option of `startEmulator`, a flag, a variable, and a member of the configuration. */
export interface Setting {
  readonly field: Field<false>;
  /** The flag, without its dashes. */
  readonly flag: string;
  /** The value in the help, such as `<n>`; empty for a flag without one. */
  readonly placeholder: string;
  /** The effect, as in the help. */
  readonly summary: string;
  /** Whether the value is a path, which in a configuration is relative to its file. */
  readonly isPath?: boolean;
}

/** Options of a setting of any kind. */
interface SettingOptions {
  readonly flag: string;
  readonly summary: string;
  readonly placeholder?: string;
}

/** Declares a setting that is an integer. */
export function integerSetting(minimum: number, maximum: number, options: SettingOptions): Setting {
  return { placeholder: "<n>", ...options, field: integer(minimum, maximum, options.summary) };
}

/** Declares a setting that is on or off. */
export function flagSetting(options: SettingOptions): Setting {
  return { placeholder: "", ...options, field: described(flag(), options) };
}

/** Declares a setting that is a string. @param rule - the rule in messages, if not every string is valid */
export function textSetting(
  options: SettingOptions,
  { pattern, rule, isSecret }: { pattern?: string; rule?: string; isSecret?: boolean } = {},
): Setting {
  const { schema } = text();
  const details: Schema = {
    ...schema,
    description: options.summary,
    ...(pattern === undefined ? {} : { pattern }),
    ...(rule === undefined ? {} : { title: rule }),
    ...(isSecret ? { writeOnly: true } : {}),
  };
  return { placeholder: "<text>", ...options, field: { schema: details, isOptional: false } };
}

/** Declares a setting that is a path. */
export function pathSetting(options: SettingOptions): Setting {
  const rule = { pattern: ".", rule: "a path" };
  return { ...textSetting({ placeholder: "<path>", ...options }, rule), isPath: true };
}

/** Declares a setting that is one of several strings. */
export function choiceSetting(choices: readonly string[], options: SettingOptions): Setting {
  return { placeholder: `<${choices.join("|")}>`, ...options, field: described(choice(...choices), options) };
}

/** Declares a setting that is a list of strings: a flag that can be repeated, and a variable separated by commas. */
export function listSetting(options: SettingOptions): Setting {
  return { placeholder: "<text>", ...options, field: described(list(text()), options) };
}

function described({ schema }: Field<false>, { summary }: SettingOptions): Field<false> {
  return { schema: { ...schema, description: summary }, isOptional: false };
}

/** Returns the environment variable of a setting, such as `ISOHUB_EMULATOR_PLAIN_PORT`. */
export function variableOf({ flag: name }: Setting): string {
  return `ISOHUB_EMULATOR_${name.replaceAll("-", "_").toUpperCase()}`;
}
