import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeFailure, readReport } from "./failures.mjs";
import { root, run, vitest } from "./run.mjs";
import { runSteps } from "./schedule.mjs";

const testResults = join(root, "test-results");

/** Collects the checks of a run, runs them side by side, and counts what has run. */
export class Steps {
  passed = 0;
  failed = 0;
  skipped = 0;
  #failures = [];
  #folder;
  /** @type {import("./schedule.mjs").Step[]} */
  #steps = [];

  /** @param {string} [folder] - for results and output */
  constructor(folder = testResults) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
  }

  /**
   * Adds a command, which counts as one.
   *
   * @param {string} name
   * @param {string} command
   * @param {string[]} args
   * @param {{ after?: string[] }} [when]
   */
  command(name, command, args, when) {
    this.#add(name, when, async (output) => {
      const code = await run(command, args, { output });
      if (code === 0) this.passed++;
      else this.#fail(name, 1);
    });
  }

  /**
   * Adds a Vitest project, whose tests count.
   *
   * @param {string} project
   * @param {object} [options]
   * @param {string} [options.name] - of the step, if it isn't the project's
   * @param {string[]} [options.command] - the program that runs Vitest, with its first arguments
   * @param {string[]} [options.after]
   */
  vitest(project, { name = project, command = [process.execPath, vitest], after } = {}) {
    this.#add(name, { after }, async (output) => {
      const file = resultFile(name, this.#folder);
      const [program, ...first] = command;
      const args = [...first, "run", "--project", project, "--reporter=default", "--reporter=json"];
      args.push(`--reporter=${root}scripts/lib/behaviours-reporter.mjs`, `--outputFile.json=${file}.json`);
      const code = await run(program, args, { output, env: { BEHAVIOURS: `${file}.behaviours.json` } });
      this.#count(name, code, readReport(`${file}.json`));
    });
  }

  /**
   * Adds preparation that other steps need. It counts only if it fails.
   *
   * @param {string} name
   * @param {() => Promise<void>} work
   * @param {{ after?: string[] }} [when]
   */
  prepare(name, work, when) {
    this.#add(name, when, work);
  }

  /** Runs what was added. @param {number} lanes - the number of steps at a time */
  async run(lanes) {
    await runSteps(this.#steps, lanes);
  }

  /** Prints and keeps what failed, and the closing line. @returns {number} the exit code */
  finish() {
    const tail = this.skipped > 0 ? `, ${this.skipped} skipped` : "";
    const line = `${this.passed} passed, ${this.failed} failed${tail}`;
    const failures = this.#failures.map((name) => `${this.#describe(name)}\n`).join("");
    if (failures !== "") console.log(failures.trimEnd());
    writeFileSync(join(this.#folder, "failures.txt"), failures);
    writeFileSync(join(this.#folder, "summary.txt"), `${line}\n`);
    console.log(line);
    return this.failed === 0 ? 0 : 1;
  }

  #add(name, { after } = {}, work) {
    this.#steps.push({ name, after, run: () => this.#grouped(name, work) });
  }

  /** Does the work of a step, and prints all of its output when it ends: other steps run at the same time. */
  async #grouped(name, work) {
    const output = `${resultFile(name, this.#folder)}.log`;
    writeFileSync(output, "");
    const start = performance.now();
    try {
      await work(output);
    } catch (error) {
      appendFileSync(output, `${error.stack}\n`);
      this.#fail(name, 1);
    }
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`\n── ${name}: ${seconds} s\n${readFileSync(output, "utf8").trim()}`);
  }

  // If Vitest ended before its report, its exit code counts.
  #count(name, code, report = { numPassedTests: 0, numFailedTests: 0, numPendingTests: 0 }) {
    this.passed += report.numPassedTests;
    this.skipped += report.numPendingTests;
    // An error outside of every test fails the run without failing a test.
    const failed = code !== 0 ? Math.max(1, report.numFailedTests) : report.numFailedTests;
    if (failed > 0) this.#fail(name, failed);
    else if (report.numPassedTests === 0) {
      appendFileSync(`${resultFile(name, this.#folder)}.log`, "No test ran.\n");
      this.#fail(name, 1);
    }
  }

  #describe(name) {
    const file = resultFile(name, this.#folder);
    return describeFailure(name, {
      report: readReport(`${file}.json`),
      log: readFileSync(`${file}.log`, "utf8"),
    });
  }

  #fail(name, count) {
    this.failed += count;
    this.#failures.push(name);
  }
}

/** Returns the path for the results of a step, without an extension. @param {string} name @param {string} [folder] */
export function resultFile(name, folder = testResults) {
  return join(folder, name.replaceAll(/[^\w.-]+/g, "-"));
}
