// docs/guide/frameworks.md: which framework, bundler, runtime and test runner was tested, from the results that `npm test` and
// `npm run interop:slow` leave in test-results. With --check, writes nothing and fails where the page is out of date.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { hosts } from "./lib/hosts.mjs";
import { root } from "./lib/run.mjs";
import { toolVersions } from "./lib/tools.mjs";

/**
 * The sections of the page. A test is a row of one if its outermost block is named `SECTION: ROW`, as in
 * `describe("Page frameworks: React", …)`; the titles of the tests in the block are what was tested.
 */
const sections = {
  "Page bundlers": "A page that is a device with `@isohub/browser`, in Chromium.",
  "Page frameworks":
    "The examples with the kits above, in the framework's development mode, with Vite's development server, in Chromium.",
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
    // Vitest quotes values in titles.
    const tested = [...ancestorTitles.slice(1), title].join(", ").replaceAll(/(?<!\w)'|'(?!\w)/g, "");
    const cell = `${tested} ${signs[status] ?? "–"}`;
    const cells = rows.get(section);
    cells.set(row, [...(cells.get(row) ?? []), cell]);
  }
}

/** The packages that rows begin with the name of. `from` is the workspace package that installs it, if one does. */
const frameworks = {
  React: { package: "react", from: "examples/react" },
  Vue: { package: "vue", from: "examples/vue" },
  Svelte: { package: "svelte", from: "examples/svelte" },
  Vite: { package: "vite", from: "packages/conformance" },
  webpack: { package: "webpack", from: "packages/conformance" },
  esbuild: { package: "esbuild", from: "packages/conformance" },
  Rollup: { package: "rollup", from: "packages/conformance" },
  Next: { package: "next" },
  workerd: { package: "miniflare" },
  "edge-runtime": { package: "edge-runtime" },
  Jest: { package: "jest" },
  Vitest: { package: "vitest" },
};

const timerWorker = "if `worker-src` forbids `blob:`, copy `dist/timer-worker.js` next to the bundle";

/** The configuration that is needed: section → name → configuration. */
const configurations = {
  "Page bundlers": { esbuild: timerWorker, Rollup: `\`@rollup/plugin-node-resolve\`; ${timerWorker}` },
  "Server bundlers": {
    esbuild: "`--platform=node`",
    Rollup: "`@rollup/plugin-node-resolve`, `-commonjs` and `-json`",
    webpack: '`target: "node"`',
    Vite: "`ssr: { noExternal: true }`",
  },
  "Edge runtimes": { workerd: '`compatibility_flags = ["nodejs_compat"]`' },
};

function detailsOf(section, row) {
  const [name] = row.split(/[ ,]/);
  const { package: npm, from } = frameworks[name] ?? {};
  return { version: versionOf(name, npm, from), configuration: configurations[section]?.[name] ?? "none" };
}

function versionOf(name, npm, from) {
  if (name === "Bun") return hosts.bun.version;
  if (npm === undefined) return "";
  return from === undefined ? toolVersions[npm] : installedVersion(npm, from);
}

function installedVersion(name, folder) {
  return JSON.parse(readFileSync(join(root, folder, "node_modules", name, "package.json"), "utf8")).version;
}

const escaped = (text) => text.replaceAll("|", "\\|");
const lines = (section) =>
  [...(rows.get(section) ?? [])]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([row, cells]) => {
      const { version, configuration } = detailsOf(section, row);
      return `| ${[row, version, cells.sort().join("<br>"), configuration].map(escaped).join(" | ")} |`;
    });

const tables = Object.entries(sections)
  .filter(([section]) => rows.has(section))
  .map(
    ([section, text]) =>
      `## ${section}\n\n${text}\n\n| | version | tested | configuration |\n| --- | --- | --- | --- |\n${lines(section).join("\n")}`,
  );

/** Components of the examples, which the tests run. */
const kits = [
  ["React", "useDevice.ts", "Thermostat.tsx", "tsx"],
  ["Vue", "useDevice.ts", "Thermostat.vue", "vue"],
  ["Svelte", "device.ts", "Thermostat.svelte", "svelte"],
].map(([framework, kit, component, language]) => {
  const folder = `examples/${framework.toLowerCase()}`;
  const code = readFileSync(join(root, folder, component), "utf8");
  const mark = `<!-- ${folder}/${component} -->`;
  return `**${framework}**, with [${kit}](../../${folder}/${kit}):\n\n${mark}\n\`\`\`${language}\n${code}\`\`\``;
});

const page = `# Frameworks, bundlers and runtimes

Written by \`node scripts/frameworks.mjs\` from a run of \`npm test\` and \`npm run interop:slow\`, which fail if this page is out of
date. [Runtimes](../runtimes.md) lists the behaviors that are tested on Node, Bun, Deno and browsers.

✓ passed · ✗ failed · – skipped

## Use a device in a component

Each kit is one file to copy into your application. It connects while a component is mounted. Mounting twice (StrictMode),
hot reloads and quick remounts leave one session. A second tab gets the reason instead of a connection.

${kits.join("\n\n")}

\`create\` returns a client, or a promise of one:
\`() => IoTHubDeviceClient.createFromTokenProvider({ url: "/device-token" })\`.

Clients and messages can be part of Vue's \`reactive()\` and \`ref()\`, Svelte's \`$state\`, and React's state: none of them wraps
these objects in a proxy. \`client.state\` is the same object until it changes, as \`useSyncExternalStore\` requires.

${tables.join("\n\n")}

## CommonJS, Electron and React Native

- **CommonJS and TypeScript:** \`@isohub/node\`, \`@isohub/emulator\` and \`@isohub/browser\` can be required. Their types resolve with
  \`moduleResolution\` \`node10\`, \`node16\`, \`nodenext\` and \`bundler\`, which is checked with TypeScript 5.9 and 7.
- **Server-side rendering:** importing \`@isohub/browser\` on a server has no side effects. The kits connect only in the browser.
- **Workers:** \`@isohub/browser\` runs in dedicated, shared and service workers. A service worker can't load files later, so it needs
  the SDK in one file: a bundle without code splitting, or \`importScripts("isohub.global.js")\`.
- **Cloudflare Workers:** use \`@isohub/browser\`. \`@isohub/node\` starts in workerd, but workerd ignores
  \`serverVerificationCert\`, and its HTTP client lacks what WebSockets need. This isn't part of the tests.
- **Electron** isn't part of the tests. The main process is Node: use \`@isohub/node\` there. A renderer without Node integration
  is a page: use \`@isohub/browser\`, with the hub in \`connect-src\`.
- **React Native** isn't part of the tests. It has a \`WebSocket\`, but no \`crypto.subtle\`, and not every engine has \`TextDecoder\`.
  Creating tokens on a server (\`createFromTokenProvider\`) needs no \`crypto.subtle\`. An
  \`unsupported_feature\` error names a missing class.
- **Jest and Vitest with jsdom:** the emulator needs Node's own classes. With Jest, start it in \`globalSetup\`, or in a test file with
  \`@jest-environment node\`. The \`WebSocket\` of jsdom 29 fires no events under Vitest: use happy-dom, or jsdom 26.
- **Parcel** isn't part of the tests. It finds entries such as \`@isohub/browser/lite\`, and the right files of \`isohub\`, only with
  \`"@parcel/resolver-default": { "packageExports": true }\` in \`package.json\`.
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
  const missing = [...Object.keys(sections).flatMap(lines), ...kits].filter(
    (part) => !written.includes(part),
  );
  if (isWhole ? written !== page : missing.length > 0) {
    console.error(
      "docs/guide/frameworks.md doesn't match this run. Run `node scripts/frameworks.mjs` to update it.",
    );
    for (const line of missing) console.error(`  ${line}`);
    process.exitCode = 1;
  }
}
