import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, onTestFinished } from "vitest";

/** The root of the repository. */
export const root: string = fileURLToPath(new URL("../../../", import.meta.url));

/** Creates a folder that is removed at the end of the test. */
export function testFolder(): string {
  const folder = createFolder();
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Creates a folder that is removed after all tests of the file. */
export function fileFolder(): string {
  const folder = createFolder();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function createFolder(): string {
  return mkdtempSync(join(tmpdir(), "isohub-"));
}
