import { bin } from "./run.mjs";

/**
 * Adds the checks that run nothing of the project: types, style, structure, prose and generated files.
 *
 * @param {import("./steps.mjs").Steps} steps
 */
export function addStaticSteps(steps) {
  const script = (name, file, ...args) => steps.command(name, "node", [`scripts/${file}`, ...args]);
  steps.command("types", bin("tsc"), ["-b"]);
  const types = { after: ["types"] };
  steps.command("types of the tests", bin("tsc"), ["-p", "tsconfig.tests.json"], types);
  steps.command("types of the examples", bin("tsc"), ["-p", "tsconfig.examples.json"], types);
  steps.command("core knows no platform", bin("tsc"), ["-p", "packages/core/types-test"], types);
  steps.command("lint", bin("biome"), ["check", "--error-on-warnings", "."]);
  script("layers", "check-layers.mjs");
  script("lines", "check-lines.mjs");
  script("prose", "check-prose.mjs");
  script("exports", "exports.mjs", "--check");
  script("mutations apply", "mutation.mjs", "--dry-run");
  script("examples in documents", "examples-in-docs.mjs", "--check");
  script("links", "check-links.mjs");
  steps.command("code in documents", "node", ["scripts/check-code-blocks.mjs"], types);
}
