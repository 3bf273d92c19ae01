import { writeFileSync } from "node:fs";

/** Returns the outcome of a test, as docs/runtimes.md shows it. */
function outcome(test) {
  const { state, note } = test.result();
  if (state === "skipped") return { outcome: "skipped", reason: note ?? "" };
  // A known gap: the test was expected to fail, and did.
  return { outcome: state === "passed" && test.options.fails === true ? "gap" : state };
}

/**
 * A Vitest reporter that writes the outcome of each behavior to the file in the variable BEHAVIOURS. Behaviors are the tests in a
 * block such as `node over tls with the lean engine`; other tests are left out.
 */
export default class BehavioursReporter {
  onTestRunEnd(modules) {
    const behaviours = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => ({ path: test.fullName.split(" > "), test }))
      .filter(({ path: [where] }) => / over \S+ with the \S+ engine$/.test(where))
      .map(({ path: [where, ...behaviour], test }) => ({ where, behaviour, ...outcome(test) }));
    if (process.env.BEHAVIOURS !== undefined)
      writeFileSync(process.env.BEHAVIOURS, JSON.stringify(behaviours));
  }
}
