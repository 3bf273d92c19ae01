// docs/size.md: the sizes of what a user downloads, minified and gzipped, as measured on the build. With --check, writes nothing and
// fails where a size is over its limit or the page no longer matches.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./lib/run.mjs";
import { measureSizes, receiversOf } from "./lib/sizes.mjs";

const page = join(root, "docs/size.md");
const kB = (bytes) => (bytes / 1000).toFixed(1);

/** Each version of zlib compresses a little differently. */
const tolerance = 0.1;

const measured = await measureSizes();
const [lite] = measured;
const receivers = receiversOf("lite.js");
for (const { name, gzip, limit } of measured) {
  console.log(`${kB(gzip).padStart(6)} kB gzip  ${name}`);
  if (limit === undefined || gzip <= limit * 1000) continue;
  console.error(`${name} must be at most ${limit} kB gzip, got ${kB(gzip)}`);
  process.exitCode = 1;
}

if (!process.argv.includes("--check")) writeFileSync(page, render());
else if (!isCurrent(existsSync(page) ? readFileSync(page, "utf8") : "")) {
  console.error("docs/size.md doesn't match the build. Run `npm run docs` to update it.");
  process.exitCode = 1;
}

/** Whether a page has the same words as one written now, and sizes within the tolerance. @param {string} text */
function isCurrent(text) {
  const isSize = /\d+\.\d\b/g;
  const current = render();
  if (text.replace(isSize, "") !== current.replace(isSize, "")) return false;
  const [written, now] = [text, current].map((each) => each.match(isSize)?.map(Number) ?? []);
  return written.every((size, index) => Math.abs(size - now[index]) <= tolerance + Number.EPSILON * 100);
}

function render() {
  const rows = measured.map(
    ({ name, raw, gzip, limit }) => `| ${name} | ${kB(raw)} | ${kB(gzip)} | ${limit ?? ""} |`,
  );
  return `# Sizes

Written by \`npm run docs\` from the build; minified, in kB (1000 bytes). \`npm test\` fails if a size is over its limit or differs
from this page.

| | raw | gzip | limit (gzip) |
| --- | ---: | ---: | ---: |
${rows.join("\n")}

The goal for the first row was 16 kB. [ADR 13](adr/0013-bundle-size-of-a-page.md) lists how the size is distributed over
the source folders, and why it isn't smaller.

## The budget

The budget is 25.7 kB for the first row and 31.5 kB for the third: 1.4 and 2.5 kB above what 0.1.0 had (24.3 and 29.0), for
these changes:

| change | kB gzip |
| --- | ---: |
| Restructuring the code: entries, brands, one table for each list | 0.2 |
| Inputs: bodies, strings, certificates, bundlers, frameworks | 0.7 |
| Reliability: outbox, redelivery, shutdown | 0.5 |

A change that needs more has to save it elsewhere.

Inputs took more than their share: the check of values that JSON would change (0.7), \`shutdown({ drain })\` and \`flush()\` (0.3), and
the limit of WebSockets that open at a time (0.2). So did reconnecting: a limit for each step of connecting, acknowledgements that
a hub loses, takeovers and throttling apart, the causes of time-outs, and errors that explain themselves in their stack (1.5);
and the entry of the outbox (0.15). Won back: shorter internal names and a more uniform output (0.9), and the code for messages,
methods and the twin, which is now a separate file that loads on first use (2.9). A page that uses it loads more than
before, in two files at the same time:

| a page that only sends telemetry | a page that receives something |
| ---: | ---: |
| ${kB(lite.gzip)} | ${kB(lite.gzip + receivers)} |

## Contents of the rows

The first load is everything that a page needs before it connects, and all that it needs to send telemetry. The code for messages,
methods and the twin, file uploads, registering, token providers and IoT Edge are separate files, loaded on first use; a bundler
that writes a single file includes them.

MQTT.js is bundled from its sources (\`mqtt/lib/client\`), without the parts that this project never reaches: its own dialing, its
reconnection, topic aliases of MQTT 5, workers, logging, and the pipelines of \`readable-stream\`. Its prebuilt bundle has 105 kB.

Parts add up to more than the whole, because gzip finds less repetition in each of them.
`;
}
