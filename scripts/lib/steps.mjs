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

  /**
   * A Vitest project: counts its tests.
   *
   * @param {string[]} [options.runner] - the runtime that Vitest itself runs on
   * @param {string} [options.on] - what that runtime is called, where it is not the usual one
   */
  async vitest(project, options) {
    await this.#vitestAll([{ project, ...options }]);
  }

  /** A Vitest project on several runtimes at once: its tests wait more than they work. Their output is shown one by one. */
  async vitestOn(project, runtimes) {
    await this.#vitestAll(runtimes.map((runtime) => ({ project, ...runtime })));
  }

  async #vitestAll(projects) {
    const together = projects.length > 1;
    await Promise.all(
      projects.map(async ({ project, runner = ["npx", "vitest"], on }) => {
        const name = on === undefined ? project : `${project} on ${on}`;
        const file = `${results}/${name.replaceAll(" ", "-")}`;
        const [command, ...before] = runner;
        const args = [...before, "run", "--project", project, "--reporter=default", "--reporter=json"];
        args.push(`--reporter=${root}scripts/lib/behaviours-reporter.mjs`, `--outputFile.json=${file}.json`);
        const options = {
          env: { BEHAVIOURS: `${file}.behaviours.json` },
          ...(together ? { output: `${file}.log` } : {}),
        };
        const code = await this.#timed(name, () => run(command, args, options));
        if (together) console.log(readFileSync(`${file}.log`, "utf8"));
        this.#count(name, code, `${file}.json`);
      }),
    );
  }

  #count(name, code, file) {
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
    if (failed > 0) this.#fail(name, failed);
    else if (report.numPassedTests === 0) this.#fail(`${name} (ran no test)`, 1);
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
