// docs/interop.md: which clients of other projects were tested against the local hub, from the results that `npm test` and
// `npm run interop:slow` leave in test-results. With --check, writes nothing and fails where the page is out of date.

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { markdownRow, markdownTable } from "./lib/documents/markdown-table.mjs";
import { deviceClients } from "./lib/interop/device-clients.mjs";
import { provisioningClients } from "./lib/interop/provisioning-clients.mjs";
import { eventClients, serviceClients } from "./lib/interop/service-clients.mjs";
import { root } from "./lib/run.mjs";
import { resultFile } from "./lib/steps.mjs";

const sections = [deviceClients, provisioningClients, serviceClients, eventClients];

/** The full names of the tests of a project, with `§` behind them, and their states; absent if it hasn't run. */
function resultsOf(file) {
  if (!existsSync(file)) return undefined;
  const { testResults } = JSON.parse(readFileSync(file, "utf8"));
  const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
  return tests.map(({ ancestorTitles, title, status }) => ({
    name: `${[...ancestorTitles, title].join(" > ")}§`,
    status,
  }));
}

const results = {
  interop: resultsOf(`${resultFile("interop")}.json`),
  clients: resultsOf(join(root, "test-results/slow/clients.json")),
};
const isWhole = Object.values(results).every((each) => each !== undefined);

/** The sign of tests that need what this machine lacks, such as a port. In CI, they fail. */
const skipped = "–";

function cellOf(tests, start) {
  if (start === undefined) return "";
  const found = tests.filter(({ name }) => name.startsWith(start));
  if (found.length === 0) throw new Error(`A test must begin with '${start}'. Update scripts/lib/interop.`);
  if (found.some(({ status }) => status === "failed")) return "✗";
  return found.every(({ status }) => status === "passed") ? "✓" : skipped;
}

function rowsOf({ features, clients }) {
  return clients.flatMap(({ name, version, project, transports }) => {
    const tests = results[project];
    if (tests === undefined) return [];
    return Object.entries(transports).map(([transport, starts]) => {
      const unknown = Object.keys(starts).filter((each) => !features.includes(each));
      if (unknown.length > 0) throw new Error(`${name} must have features of its section, got '${unknown}'`);
      return [name, version(), transport, ...features.map((each) => cellOf(tests, starts[each]))];
    });
  });
}

const tables = sections.map((section) => {
  const { title, text, features } = section;
  const head = ["", "version", "transport", ...features];
  const table = markdownTable(head, rowsOf(section), (column) => (column < 3 ? "---" : ":-:"));
  return `## ${title}\n\n${text}\n\n${table}`;
});

const page = `# Interoperability

Written by \`node scripts/interop.mjs\` from a run of \`npm test\` and \`npm run interop:slow\`, which fail if this page is out of date.
The clients are unmodified, and run against the local hub. No test runs against Azure: check your hub there with
[\`isohub verify\`](guide/verifying.md). [Runtimes](runtimes.md) lists what was tested of this project's own clients.

✓ passed · ✗ failed · empty: not part of the tests, or not possible with this client and transport

${tables.join("\n\n")}

Adafruit's library sends at QoS 0 only. Paho and mosquitto's clients are plain MQTT clients, with a SAS token as their password.

## Not run

The hub follows what these clients send, as their sources and the documentation show, but no test runs them:

| | reason |
| --- | --- |
| .NET \`Microsoft.Azure.Devices.Client\`, \`Microsoft.Azure.Devices.Provisioning.Client\` and \`Microsoft.Azure.Devices\` | not run: no .NET in the tests |
| \`az iot hub\`, with \`--login\` | not run: the Azure CLI isn't part of the tests |
| Azure SDK for C and for Embedded C | not run: they are compiled for each platform |
`;

const isComplete = isWhole && !tables.join().includes(skipped);
const target = join(root, "docs/interop.md");
if (!process.argv.includes("--check")) {
  if (!isComplete)
    throw new Error(
      "The page needs the results of `npm test` and `npm run interop:slow`, with no test skipped.",
    );
  writeFileSync(target, page);
} else {
  const written = existsSync(target) ? readFileSync(target, "utf8") : "";
  // A run without some of the tests checks the rows that it has.
  const rows = sections.flatMap(rowsOf).map(markdownRow);
  const missing = rows.filter((row) => !row.includes(skipped) && !written.includes(row));
  if (isComplete ? written !== page : missing.length > 0) {
    console.error("docs/interop.md doesn't match this run. Run `node scripts/interop.mjs` to update it.");
    for (const row of missing) console.error(`  ${row}`);
    process.exitCode = 1;
  }
}
