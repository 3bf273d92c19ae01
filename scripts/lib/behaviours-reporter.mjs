import { writeFileSync } from "node:fs";

/** What a test came to, as docs/runtimes.md shows it. */
function outcome(test) {
  const { state, note } = test.result();
  if (state === "skipped") return { outcome: "skipped", reason: note ?? "" };
  // A known gap: it was expected to fail and did.
  return { outcome: state === "passed" && test.options.fails === true ? "gap" : state };
}

/**
 * A Vitest reporter for suites of behaviours: writes what each came to into the file BEHAVIOURS. They stand in a block that is
 * called after where they ran, as `node over tls`; other tests are left out.
 */
export default class BehavioursReporter {
  onTestRunEnd(modules) {
    const behaviours = modules
      .flatMap((module) => [...module.children.allTests()])
      .map((test) => ({ path: test.fullName.split(" > "), test }))
      .filter(({ path: [where] }) => / over /.test(where))
      .map(({ path: [where, ...behaviour], test }) => ({ where, behaviour, ...outcome(test) }));
    if (process.env.BEHAVIOURS !== undefined)
      writeFileSync(process.env.BEHAVIOURS, JSON.stringify(behaviours));
  }
}
