// What a user downloads: sizes of the bundles, minified and gzipped. Writes docs/size.md; with --check it writes nothing
// and fails over a limit.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { rollup } from "rollup";
import { root } from "./lib/run.mjs";

const minifier = terser({ ecma: 2020, module: true });

/** @returns {Promise<string>} one minified file of an entry, with everything in it but `external` */
function minified(entry, external = () => false) {
  return bundled(join(root, entry), external);
}

/** What a bundler leaves of a package's entry for a page that imports one name of it. */
function shaken(entry, name) {
  const page = "\0page";
  const source = `import { ${name} } from ${JSON.stringify(join(root, entry))}; globalThis.used = ${name};`;
  return bundled(page, () => false, {
    name: "page",
    resolveId: (id) => (id === page ? id : null),
    load: (id) => (id === page ? source : null),
  });
}

async function bundled(input, external, ...plugins) {
  const bundle = await rollup({
    input,
    external,
    plugins: [...plugins, nodeResolve({ browser: true })],
    onwarn() {},
  });
  const { output } = await bundle.generate({
    format: "es",
    inlineDynamicImports: true,
    plugins: [minifier],
  });
  await bundle.close();
  return output[0].code;
}

const shipped = (file) => readFileSync(join(root, file), "utf8");
const isOutside = (id) => !id.startsWith(".") && !id.startsWith("/") && !id.startsWith("\0");

const browser = "packages/browser/dist/index.js";

/** [what, code, limit in kB gzip, whether it is a part of what stands above it] */
const rows = [
  ["`@isohub/browser`, ES module", shipped(browser), 40],
  [
    "what a bundler leaves of it for a page that imports `IoTHubDeviceClient`",
    await shaken(browser, "IoTHubDeviceClient"),
    37,
    true,
  ],
  ["the lean engine", await minified("packages/core/dist/lean.js"), 7, true],
  ["`@isohub/browser`, for script tags", shipped("packages/browser/dist/isohub.global.js"), 40],
  ["`@isohub/browser/mqttjs`, for pages that ask for it", shipped("packages/browser/dist/mqttjs.js"), 56],
  ["`@isohub/core` without an engine", await minified("packages/core/dist/index.js")],
  ["`@isohub/node` without its dependencies", await minified("packages/node/dist/index.js", isOutside), 7],
  ["`@isohub/deno` without its dependencies", await minified("packages/deno/dist/index.js", isOutside), 7],
];

const kB = (bytes) => (bytes / 1000).toFixed(1);
const gzip = (code) => gzipSync(code, { level: 9 }).length;
const measured = rows.map(([what, code, limit, isPart]) => ({
  what: isPart === true ? `– ${what}` : what,
  raw: Buffer.byteLength(code),
  gzip: gzip(code),
  limit,
}));
const over = measured.filter((row) => row.limit !== undefined && row.gzip > row.limit * 1000);
for (const row of over) console.error(`${row.what} has ${kB(row.gzip)} kB gzip, the limit is ${row.limit}`);

if (process.argv.includes("--check")) {
  for (const row of measured) console.log(`${kB(row.gzip).padStart(6)} kB gzip  ${row.what}`);
} else {
  const table = measured.map(
    (row) => `| ${row.what} | ${kB(row.raw)} | ${kB(row.gzip)} | ${row.limit ?? ""} |`,
  );
  writeFileSync(
    join(root, "docs/size.md"),
    `# Sizes

Written by \`node scripts/size.mjs\` after \`npm run build\`; minified, in kB (1000 bytes). \`npm test\` fails over a limit.

| | raw | gzip | limit (gzip) |
| --- | ---: | ---: | ---: |
${table.join("\n")}

The goal for a page with a device client was 16 kB. It is missed, by what the client does beyond sending and receiving:
errors that say what to do are 4 kB of it, registering and moving between hubs 5, uploads, checks of options, tokens of
others, tabs and hidden pages most of the rest. Of MQTT itself, the lean engine, there are 4 kB in place of the 53 of MQTT.js.

MQTT.js is bundled from its sources (\`mqtt/lib/client\`), without what this project never reaches: MQTT.js' own connecting,
reconnection over the network, topic aliases of MQTT 5, workers, logging, and the pipelines of \`readable-stream\`. Its
prebuilt bundle has 105 kB. Parts add up to more than the whole, because gzip finds less in them alone.
`,
  );
}
if (over.length > 0) process.exitCode = 1;
