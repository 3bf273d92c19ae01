// docs/guide/frameworks.md: which framework, bundler, runtime and test runner was tested, from the results that `npm test` and
// `npm run interop:slow` leave in test-results. With --check, writes nothing and fails where the page is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./lib/run.mjs";

/**
 * The sections of the page. A test is a row of one if its outermost block is named `SECTION: ROW`, as in
 * `describe("Page frameworks: React", …)`; the titles of the tests in the block are what was tested.
 */
const sections = {
  "Page bundlers":
    "A page that is a device with `@isohub/browser`, bundled without configuration, in Chromium.",
  "Page frameworks": "Components that use a device, in the framework's own test environment.",
  "Server bundlers":
    "A device with `@isohub/node`, bundled and moved to a folder without `node_modules`. It sends telemetry, reads its twin and responds to a method.",
  "Server frameworks": "A device with `@isohub/node` in the server part of an application.",
  "Edge runtimes": "A device with `@isohub/browser` in runtimes that have the web's classes.",
  "Test runners":
    "The packages in an application's tests. In a simulated page, some classes of the web may be missing.",
};

/** The results of Vitest's projects that have such tests, in the order of the page. */
const results = ["pages", "bundlers", "slow/slow"].map((name) => join(root, `test-results/${name}.json`));
const signs = { passed: "✓", failed: "✗" };

/** section → row → lines */
const rows = new Map();
for (const file of results.filter((each) => existsSync(each))) {
  const { testResults } = JSON.parse(readFileSync(file, "utf8"));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map((test) => ({ name, ...test })),
  );
  for (const { ancestorTitles, title, status } of tests) {
    const [, section, row] = /^(.+?): (.+)$/.exec(ancestorTitles[0] ?? "") ?? [];
    if (!(section in sections)) continue;
    if (!rows.has(section)) rows.set(section, new Map());
    const tested = [...ancestorTitles.slice(1), title].join(", ").replaceAll("'", "");
    const cell = `${tested} ${signs[status] ?? "–"}`;
    const cells = rows.get(section);
    cells.set(row, [...(cells.get(row) ?? []), cell]);
  }
}

const escaped = (text) => text.replaceAll("|", "\\|");
const lines = (section) =>
  [...(rows.get(section) ?? [])]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([row, cells]) => `| ${escaped(row)} | ${escaped(cells.sort().join(" · "))} |`);

const tables = Object.entries(sections)
  .filter(([section]) => rows.has(section))
  .map(
    ([section, text]) =>
      `## ${section}\n\n${text}\n\n| | tested |\n| --- | --- |\n${lines(section).join("\n")}`,
  );

const page = `# Frameworks, bundlers and runtimes

Written by \`node scripts/frameworks.mjs\` from a run of \`npm test\` and \`npm run interop:slow\`, which fail if this page is out of
date. [Runtimes](../runtimes.md) lists the behaviors that are tested on Node, Bun, Deno and Chromium.

✓ passed · ✗ failed · – skipped

${tables.join("\n\n")}

## What else is known

- **CommonJS and TypeScript:** \`@isohub/node\`, \`@isohub/emulator\` and \`@isohub/browser\` can be required. Their types resolve with
  \`moduleResolution\` \`node10\`, \`node16\`, \`nodenext\` and \`bundler\`, which is checked with TypeScript 5.9 and 7.
- **Electron:** use \`@isohub/node\` in the main process, which is Node. A renderer without Node integration is a page: use
  \`@isohub/browser\`. Electron isn't part of the tests.
- **React Native:** it has a \`WebSocket\`, but neither \`crypto.subtle\` nor \`TextDecoder\` on every engine. With polyfills for both,
  \`@isohub/browser\` may work; it isn't tested.
- **MQTT.js in ES modules by esbuild or Vite:** these can't load a CommonJS package that requires Node's modules. The engine then
  uses the copy of MQTT.js that is bundled for the web.
`;

const target = join(root, "docs/guide/frameworks.md");
if (!process.argv.includes("--check")) {
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, page);
} else {
  const written = existsSync(target) ? readFileSync(target, "utf8") : "";
  const isWhole = results.every((file) => existsSync(file));
  // A run without some of the tests checks the rows that it has.
  const missing = Object.keys(sections)
    .flatMap(lines)
    .filter((line) => !written.includes(line));
  if (isWhole ? written !== page : missing.length > 0) {
    console.error(
      "docs/guide/frameworks.md doesn't match this run. Run `node scripts/frameworks.mjs` to update it.",
    );
    for (const line of missing) console.error(`  ${line}`);
    process.exitCode = 1;
  }
}
