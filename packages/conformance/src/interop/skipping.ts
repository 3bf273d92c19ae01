import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, it } from "vitest";

/**
 * A group of tests that need something this machine may lack. Without it they are skipped, and the reason is printed, because
 * not every reporter shows it. If `CI` is set, they fail: what CI skips is never tested.
 *
 * @param missing - the reason why the tests can't run
 */
export function describeUnless(missing: string | undefined, title: string, tests: () => void): void {
  if (missing === undefined) {
    describe(title, tests);
  } else if (process.env["CI"]) {
    it(title, () => {
      throw new Error(`CI must be able to run this test, but ${missing}`);
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${missing}\n`);
    describe.skip(title, tests);
  }
}

/** Returns the reason why a tool can't run; `undefined` if it can. */
export function missingTool(command: string, args: readonly string[]): Promise<string | undefined> {
  return promisify(execFile)(command, args).then(
    () => undefined,
    ({ message }: Error) => `${command} can't run: ${message}`,
  );
}
