import { type Fields, objectOf, optional, type Schema, text } from "../schema/schema.ts";
import { type CommandSettings, commandSettings } from "./command-settings.ts";
import { type EmulatorSettingName, emulatorSettings } from "./emulator-settings.ts";
import type { HubState } from "./state.ts";
import { stateFields } from "./state-schema.ts";

/** A configuration file: settings, and the state to begin with. */
export type HubDocument = { readonly $schema?: string } & {
  readonly [Name in EmulatorSettingName]?: unknown;
} & CommandSettings &
  HubState;

/** The fields of a {@link HubDocument}. */
export const documentFields: Fields = {
  $schema: optional(text()),
  ...Object.fromEntries(
    Object.entries({ ...emulatorSettings, ...commandSettings }).map(([name, { field }]) => [
      name,
      optional(field),
    ]),
  ),
  ...stateFields,
};

/** Returns the JSON schema of a configuration file. */
export function documentSchema(): Schema & { readonly $schema: string; readonly title: string } {
  const { schema } = objectOf(documentFields);
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of the isohub emulator",
    ...schema,
  };
}
