import { dirname, resolve } from "node:path";
import { isJsonObject, parseJsonDocument } from "@isohub/core/internal";
import { readTextFile } from "../files/text-file.ts";
import { messageOf } from "../hub/hub-error.ts";
import { problemIn } from "../schema/check.ts";
import { commandSettings } from "./command-settings.ts";
import { documentFields, type HubDocument } from "./document.ts";
import { emulatorSettings } from "./emulator-settings.ts";

// As much as an import has: a configuration may contain a snapshot.
const maxBytes = 256 * 1024 * 1024;

/**
 * Reads a configuration file. Paths in it are relative to it.
 *
 * @throws {TypeError} if it can't be read, isn't JSON, or doesn't match the schema: with the path of the member, its
 * rule, and its value
 */
export async function readDocument(file: string): Promise<HubDocument> {
  const document = parseDocument(await readTextFile(file, maxBytes), file);
  const absolute = Object.entries({ ...emulatorSettings, ...commandSettings }).flatMap(
    ([name, { isPath }]) => {
      const path = document[name as keyof HubDocument];
      return isPath === true && typeof path === "string" ? [[name, resolve(dirname(file), path)]] : [];
    },
  );
  return { ...document, ...Object.fromEntries(absolute) };
}

/** Parses a configuration. @param file - its name in messages @throws {TypeError} as {@link readDocument} */
export function parseDocument(text: string, file: string): HubDocument {
  let value: unknown;
  try {
    value = parseJsonDocument(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw new TypeError(`${file} must be valid JSON: ${messageOf(error)}`);
  }
  if (!isJsonObject(value)) throw new TypeError(`${file} must be a JSON object`);
  const problem = problemIn(documentFields, value);
  if (problem !== undefined) throw new TypeError(`${file}: ${problem}`);
  return value as HubDocument;
}
