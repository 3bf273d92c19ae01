import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { root, run } from "./run.mjs";

const results = `${root}test-results`;

/** Runs one check after the other and counts what really ran. */
export class Steps {
  passed = 0;
  failed = 0;
  skipped = 0;
  #failures = [];

  constructor() {
    rmSync(results, { recursive: true, force: true });
    mkdirSync(results, { recursive: true });
  }

  /** A command that passes or fails as a whole: counts as one. */
  async command(name, command, args, options) {
    const code = await this.#timed(name, () => run(command, args, options));
    if (code === 0) this.passed++;
    else this.#fail(name, 1);
  }

  /** A Vitest project: counts its tests. `runner` is the runtime that Vitest itself runs on. */
  async vitest(project, runner = ["npx", "vitest"]) {
    const file = `${results}/${project}.json`;
    const [command, ...before] = runner;
    const args = [...before, "run", "--project", project, "--reporter=default", "--reporter=json"];
    const code = await this.#timed(project, () => run(command, [...args, `--outputFile.json=${file}`]));
    let report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 };
    try {
      report = JSON.parse(readFileSync(file, "utf8"));
    } catch {
      // Vitest did not come as far as its report; its exit code says so below.
    }
    this.passed += report.numPassedTests;
    this.skipped += report.numPendingTests;
    // An error outside of every test fails the run without failing a test.
    const failed = code !== 0 ? Math.max(1, report.numFailedTests) : report.numFailedTests;
    if (failed > 0) this.#fail(project, failed);
    else if (report.numPassedTests === 0) this.#fail(`${project} (ran no test)`, 1);
  }

  /** Prints and keeps the closing line; the exit code to end with. */
  finish() {
    const tail = this.skipped > 0 ? `, ${this.skipped} skipped` : "";
    const line = `${this.passed} passed, ${this.failed} failed${tail}`;
    for (const name of this.#failures) console.log(`failed: ${name}`);
    writeFileSync(`${results}/summary.txt`, `${line}\n`);
    console.log(line);
    return this.failed === 0 ? 0 : 1;
  }

  #fail(name, count) {
    this.failed += count;
    this.#failures.push(name);
  }

  async #timed(name, work) {
    console.log(`\n── ${name}`);
    const start = performance.now();
    try {
      return await work();
    } finally {
      console.log(`── ${name}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
    }
  }
}
