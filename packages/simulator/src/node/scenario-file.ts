import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ArgumentError } from "@isohub/core";
import { asError, isJsonObject, parseJsonDocument } from "@isohub/core/internal";
import { missingFiles, readScenario } from "../checks/read-scenario.ts";
import type { Scenario } from "../document/scenario.ts";
import type { Report } from "../statistics/report.ts";

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
  // The check of the document names the place of each file that is missing.
  const contents = await Promise.all(
    names.map(
      async (name) => [name, await readText(join(dirname(file), name)).catch(() => undefined)] as const,
    ),
  );
  const found = Object.fromEntries(contents.filter(([, text]) => text !== undefined));
  const { files, ...others } = document as { readonly files?: object };
  return readScenario({ ...others, files: { ...files, ...found } });
}

/**
 * Reads a report, as `--report` writes it.
 *
 * @throws {ArgumentError} `invalid_argument`: the file can't be read, or isn't a report
 */
export async function readReport(file: string): Promise<Report> {
  const name = `The report '${file}'`;
  const document = await readJson(file, name);
  if (isJsonObject(document) && Array.isArray(document["shards"]) && isJsonObject(document["counts"]))
    return document as unknown as Report;
  throw new ArgumentError(
    "invalid_argument",
    `${name} must be a report of \`isohub simulate --report\`, got another document`,
  );
}

async function readJson(file: string, name = "The scenario"): Promise<unknown> {
  const text = await readText(file).catch((cause: unknown) => {
    throw unreadable(name, "a file that can be read", cause);
  });
  try {
    return parseJsonDocument(text);
  } catch (cause) {
    throw unreadable(name, "a file with valid JSON", cause);
  }
}

/** Reads a file without its byte order mark, which editors and spreadsheets on Windows write. */
async function readText(file: string): Promise<string> {
  return (await readFile(file, "utf8")).replace(/^\uFEFF/, "");
}

function unreadable(name: string, rule: string, cause: unknown): ArgumentError {
  const reason = asError(cause).message;
  return new ArgumentError("invalid_argument", `${name} must be ${rule}: ${reason}`, { cause });
}
