// One failing test is all that a broken source has to come to: the rest of the file is skipped, and nothing is shrunk.
import fc from "fast-check";
import { afterEach, beforeEach } from "vitest";

fc.configureGlobal({ endOnFailure: true });

let failed = false;

beforeEach(({ skip }) => skip(failed));
afterEach(({ task }) => {
  failed ||= task.result?.state === "fail";
});
