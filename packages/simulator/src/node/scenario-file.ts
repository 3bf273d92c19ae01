import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArgumentError } from "@isohub/core";
import { missingFiles, readScenario } from "../document/read-scenario.ts";
import type { Scenario } from "../document/scenario.ts";

/**
 * Reads a scenario and the CSV files that it names, which are next to it.
 *
 * @param file - the path of the document
 * @throws {ArgumentError} `invalid_argument`: a file can't be read, or the document isn't a scenario
 */
export async function readScenarioFile(file: string): Promise<Scenario> {
  const document: unknown = await readJson(file);
  const names = missingFiles(document);
  if (names.length === 0) return readScenario(document);
  const contents = await Promise.all(
    names.map(
      async (name) => [name, await readText(join(dirname(file), name), `The file '${name}'`)] as const,
    ),
  );
  const { files, ...others } = document as { readonly files?: object };
  return readScenario({ ...others, files: { ...files, ...Object.fromEntries(contents) } });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file, "The scenario");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw unreadable("The scenario", "a file with JSON", cause);
  }
}

async function readText(file: string, name: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw unreadable(name, "a file that can be read", cause);
  }
}

function unreadable(name: string, rule: string, cause: unknown): ArgumentError {
  const got = cause instanceof Error ? cause.message : String(cause);
  return new ArgumentError("invalid_argument", `${name} must be ${rule}, got an error: ${got}`, { cause });
}
