import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The folder of results, from which docs/reliability.md is generated. Set by `npm run matrix` and `npm run soak`. */
const folder = process.env["MATRIX_RESULTS"];

/** Writes a result, if results are wanted. */
export function writeResult(name: string, result: object): void {
  if (folder === undefined) return;
  const path = fileURLToPath(new URL(`../${folder}/`, import.meta.url));
  mkdirSync(path, { recursive: true });
  writeFileSync(`${path}${name}.json`, `${JSON.stringify(result, null, 1)}\n`);
}
