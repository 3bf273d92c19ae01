import { describe, it } from "vitest";

/**
 * A group of tests that need something this machine may lack. Without it they are skipped, with the reason on the
 * console because a reporter may not tell; where `CI` is set they fail, because what is skipped there is never run.
 *
 * @param lacking - what is in the way; undefined when nothing is
 */
export function describeUnless(lacking: string | undefined, title: string, tests: () => void): void {
  if (lacking === undefined) {
    describe(title, tests);
  } else if (process.env["CI"]) {
    it(title, () => {
      throw new Error(`not tested, which CI may not let pass: ${lacking}`);
    });
  } else {
    process.stderr.write(`skipped: ${title}: ${lacking}\n`);
    describe.skip(title, tests);
  }
}
