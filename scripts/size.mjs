// What a user downloads: sizes of the bundles, minified and gzipped. Writes docs/size.md; with --check it writes nothing
// and fails over a limit.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { nodeResolve } from "@rollup/plugin-node-resolve";
import terser from "@rollup/plugin-terser";
import { rollup } from "rollup";
import { root } from "./lib/run.mjs";

const minifier = terser({ ecma: 2022, module: true });

/** What a program loads of an entry before it uses anything, minified; what is not bundled stays out of it. */
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
  const { output } = await bundle.generate({ format: "es", plugins: [minifier] });
  await bundle.close();
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  // Its own imports come before it uses anything, those of `import()` later.
  const first = new Set([output[0].fileName]);
  for (const name of first)
    for (const next of chunks.get(name)?.imports ?? []) if (chunks.has(next)) first.add(next);
  return [...first].map((name) => chunks.get(name).code);
}

const isOutside = (id) => !id.startsWith(".") && !id.startsWith("/") && !id.startsWith("\0");

const browser = "packages/browser/dist";
const shipped = (name) => [readFileSync(join(root, browser, name), "utf8")];
const later = readdirSync(join(root, browser, "chunks")).filter((name) => /^(?!index-).*\.js$/.test(name));

/** [what, files, limit in kB gzip, whether it is a part of what stands above it] */
const rows = [
  ["`@isohub/browser/device`, the essentials of a device", shipped("device.js"), 25],
  ["`@isohub/browser`, what a page loads first", await minified(`${browser}/index.js`), 33],
  [
    "what a bundler leaves of it for a page that imports `IoTHubDeviceClient`",
    await shaken(`${browser}/index.js`, "IoTHubDeviceClient"),
    30,
    true,
  ],
  ["the lean engine", await minified("packages/core/dist/lean.js"), 7, true],
  [
    "what comes when it is used: file uploads, token providers, registering, IoT Edge",
    later.flatMap((name) => shipped(`chunks/${name}`)),
  ],
  ["`@isohub/browser`, for script tags: all of it", shipped("isohub.global.js"), 40],
  ["`@isohub/browser/mqttjs`, for pages that ask for it", shipped("mqttjs.js"), 56],
  ["`@isohub/core` without an engine", await minified("packages/core/dist/index.js")],
  ["`@isohub/node` without its dependencies", await minified("packages/node/dist/index.js", isOutside), 7],
  ["`@isohub/deno` without its dependencies", await minified("packages/deno/dist/index.js", isOutside), 7],
];

const kB = (bytes) => (bytes / 1000).toFixed(1);
const sum = (files, size) => files.reduce((total, file) => total + size(file), 0);
const measured = rows.map(([what, files, limit, isPart]) => ({
  what: isPart === true ? `– ${what}` : what,
  raw: sum(files, Buffer.byteLength),
  gzip: sum(files, (code) => gzipSync(code, { level: 9 }).length),
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

The goal for the essentials of a device was 16 kB. Where they are, in kB of the bundle, is in
[ADR 13](adr/0013-what-a-page-loads.md), and why they are not less.

A page's first load is what it needs before it connects; a file upload, registering, a token provider and IoT Edge come with
their first use, in files of their own. A bundler for a single file has them in it.

MQTT.js is bundled from its sources (\`mqtt/lib/client\`), without what this project never reaches: MQTT.js' own connecting,
reconnection over the network, topic aliases of MQTT 5, workers, logging, and the pipelines of \`readable-stream\`. Its
prebuilt bundle has 105 kB. Parts add up to more than the whole, because gzip finds less in them alone.
`,
  );
}
if (over.length > 0) process.exitCode = 1;
