// One failing test is enough to detect a mutation: the rest of the file is skipped, and counterexamples aren't shrunk.
import fc from "fast-check";
import { afterEach, beforeEach } from "vitest";

fc.configureGlobal({ endOnFailure: true });

let failed = false;

beforeEach(({ skip }) => skip(failed));
afterEach(({ task }) => {
  failed ||= task.result?.state === "fail";
});
