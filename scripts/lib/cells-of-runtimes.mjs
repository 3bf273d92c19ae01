import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { installChromium } from "./chromium.mjs";
import { installFirefox } from "./firefox.mjs";
import { installHosts } from "./hosts.mjs";
import { run, vitest } from "./run.mjs";
import { runtimes } from "./runtimes.mjs";

/** The runtimes besides Node, whose matrix has more faults. */
const names = ["conformance-chromium", "conformance-firefox", "conformance-deno"];

/**
 * Runs the faults at moments that every runtime can meet, on each of them, and writes `runtimes.json`.
 *
 * @param {string} folder - for the results
 * @param {Record<string, string>} env - the number of cells and the seed
 * @param {string} [seed]
 * @returns {Promise<number>} the exit code
 */
export async function runCellsOfRuntimes(
  folder,
  env,
  seed = String(Math.floor(Math.random() * 0x8000_0000)),
) {
  await installChromium();
  await installFirefox();
  await installHosts();
  mkdirSync(folder, { recursive: true });
  const results = [];
  let code = 0;
  for (const name of names) {
    const {
      project,
      title,
      command = [process.execPath, vitest],
    } = runtimes.find((runtime) => runtime.name === name) ?? {};
    const file = join(folder, `${name}.json`);
    const [program, ...first] = command;
    const args = [
      "run",
      "--project",
      project,
      "-t",
      "faults at moments",
      "--reporter=dot",
      "--reporter=json",
    ];
    const ended = await run(program, [...first, ...args, `--outputFile.json=${file}`], {
      env: { ...env, MATRIX_SEED: seed },
    });
    if (ended !== 0) code = ended;
    for (const { assertionResults } of JSON.parse(readFileSync(file, "utf8")).testResults) {
      for (const { meta, ancestorTitles } of assertionResults) {
        // `deno over tls with the lean engine`
        const [, transport, engine] = /over (\S+) with the (\S+) engine/.exec(ancestorTitles[0]) ?? [];
        const runtime = `${title}, ${transport}, ${engine}`;
        results.push(...(meta?.faultCells ?? []).map((cell) => ({ runtime, ...cell })));
      }
    }
  }
  writeFileSync(join(folder, "runtimes.json"), JSON.stringify({ seed, results }));
  return code;
}
